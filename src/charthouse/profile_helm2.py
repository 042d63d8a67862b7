"""Helm 2 as a profile: what Tiller 2.17 does.

Most of it is nobody else's (`helm2`); where Helm 3 kept Helm 2's way, its rules say so.

Whose rules: k8s.io/helm@v2.17.0; docs/helm2.md lists what is followed and what is not.
"""

from __future__ import annotations

from charthouse.profile import HELM3
from charthouse.records import replace

__all__ = ["HELM2"]

# What sprig 3, Helm 3 and Helm 4 added to the functions of templates.
_SINCE = """
add1f addf all any bcrypt chunk dig divf duration durationRound fromJsonArray fromToml fromYamlArray genCAWithKey
genSelfSignedCertWithKey genSignedCertWithKey get htpasswd lookup maxf minf mulf mustAppend mustChunk mustCompact
mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite
mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral
mustRegexSplit mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson mustToRawJson mustUniq
mustWithout must_date_modify osBase osClean osDir osExt osIsAbs randBytes randInt regexQuoteMeta seq sha512sum subf
toRawJson toYamlPretty
"""

HELM2 = replace(
    HELM3,
    name="helm2",
    removed_functions=HELM3.removed_functions.union(_SINCE.split()),
    keeps_default_nulls=False,
    old_go=False,
    gojsonschema=False,
    helm2=True,
)
