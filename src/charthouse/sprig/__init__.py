"""The functions of sprig 3.3.0 and of Helm 4.3.1's duration family, as templates see them.

``function(name)`` gives one of them; ``names()`` lists them. The table is data — name to module, attribute and Go
signature (grammar: gotemplate/functions.py) — so importing this package imports nothing else: a chapter is imported
when one of its functions is first looked up.

Rules: github.com/Masterminds/sprig/v3@v3.3.0 functions.go (``genericMap``, without ``env`` and ``expandenv``, which
Helm removes) and helm.sh/helm/v4@v4.3.1 pkg/engine/funcs.go (durations). What needs a release, a file format or a
cluster (``include``, ``tpl``, ``toYaml``, ``lookup`` …) is the engine's.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from charthouse.gotemplate.functions import Function

__all__ = ["TABLE", "function", "names"]

_LIST = "any->[]any"
_TEXT = "string->string"
_REGEX_N = "string,string,int->[]string"
_REGEX_3 = "string,string,string->string"
_MERGE = "map,...map->any"

# name: (module of this package, attribute, Go signature)
TABLE: dict[str, tuple[str, str, str]] = {
    "hello": ("constants", "hello", "->string"),
    "fail": ("constants", "fail", _TEXT),
    # dates
    "ago": ("dates", "ago", "any->string"),
    "date": ("dates", "date", "string,any->string"),
    "date_in_zone": ("dates", "date_in_zone", "string,any,string->string"),
    "dateInZone": ("dates", "date_in_zone", "string,any,string->string"),
    "date_modify": ("dates", "date_modify", "string,time.Time->time.Time"),
    "dateModify": ("dates", "date_modify", "string,time.Time->time.Time"),
    "must_date_modify": ("dates", "must_date_modify", "string,time.Time->time.Time"),
    "mustDateModify": ("dates", "must_date_modify", "string,time.Time->time.Time"),
    "htmlDate": ("dates", "html_date", "any->string"),
    "htmlDateInZone": ("dates", "html_date_in_zone", "any,string->string"),
    "now": ("dates", "now", "->time.Time"),
    "toDate": ("dates", "to_date", "string,string->time.Time"),
    "mustToDate": ("dates", "must_to_date", "string,string->time.Time"),
    "unixEpoch": ("dates", "unix_epoch", "time.Time->string"),
    "duration": ("dates", "duration", "any->string"),
    "durationRound": ("dates", "duration_round", "any->string"),
    # Helm's durations
    "mustToDuration": ("durations", "must_to_duration", "any->time.Duration"),
    "durationSeconds": ("durations", "seconds", "any->float64"),
    "durationMilliseconds": ("durations", "milliseconds", "any->int64"),
    "durationMicroseconds": ("durations", "microseconds", "any->int64"),
    "durationNanoseconds": ("durations", "nanoseconds", "any->int64"),
    "durationMinutes": ("durations", "minutes", "any->float64"),
    "durationHours": ("durations", "hours", "any->float64"),
    "durationDays": ("durations", "days", "any->float64"),
    "durationWeeks": ("durations", "weeks", "any->float64"),
    "durationRoundTo": ("durations", "round_to_multiple", "any,any->time.Duration"),
    "durationTruncateTo": ("durations", "truncate_to_multiple", "any,any->time.Duration"),
    # strings
    "abbrev": ("wording", "abbrev", "int,string->string"),
    "abbrevboth": ("wording", "abbrevboth", "int,int,string->string"),
    "trunc": ("strings", "trunc", "int,string->string"),
    "trim": ("strings", "trim", _TEXT),
    "upper": ("strings", "upper", _TEXT),
    "lower": ("strings", "lower", _TEXT),
    "title": ("wording", "title", _TEXT),
    "untitle": ("wording", "untitle", _TEXT),
    "substr": ("strings", "substr", "int,int,string->string"),
    "repeat": ("strings", "repeat", "int,string->string"),
    "trimall": ("strings", "trim_all", "string,string->string"),
    "trimAll": ("strings", "trim_all", "string,string->string"),
    "trimSuffix": ("strings", "trim_suffix", "string,string->string"),
    "trimPrefix": ("strings", "trim_prefix", "string,string->string"),
    "nospace": ("wording", "nospace", _TEXT),
    "initials": ("wording", "initials", _TEXT),
    "swapcase": ("wording", "swapcase", _TEXT),
    "snakecase": ("naming", "snakecase", _TEXT),
    "camelcase": ("naming", "camelcase", _TEXT),
    "kebabcase": ("naming", "kebabcase", _TEXT),
    "wrap": ("wording", "wrap", "int,string->string"),
    "wrapWith": ("wording", "wrap_with", "int,string,string->string"),
    "contains": ("strings", "contains", "string,string->bool"),
    "hasPrefix": ("strings", "has_prefix", "string,string->bool"),
    "hasSuffix": ("strings", "has_suffix", "string,string->bool"),
    "quote": ("strings", "quote", "...any->string"),
    "squote": ("strings", "squote", "...any->string"),
    "cat": ("strings", "cat", "...any->string"),
    "indent": ("strings", "indent", "int,string->string"),
    "nindent": ("strings", "nindent", "int,string->string"),
    "replace": ("strings", "replace", "string,string,string->string"),
    "plural": ("strings", "plural", "string,string,int->string"),
    "toString": ("strval", "strval", "any->string"),
    "toStrings": ("strings", "to_strings", "any->[]string"),
    "join": ("strings", "join", "string,any->string"),
    "sortAlpha": ("strings", "sort_alpha", "any->[]string"),
    "split": ("strings", "split", "string,string->map[string]string"),
    "splitn": ("strings", "splitn", "string,int,string->map[string]string"),
    "splitList": ("strings", "split_list", "string,string->[]string"),
    # randomness
    "randAlphaNum": ("random", "alpha_numeric", "int->string"),
    "randAlpha": ("random", "alpha", "int->string"),
    "randAscii": ("random", "ascii_text", "int->string"),
    "randNumeric": ("random", "numeric", "int->string"),
    "randBytes": ("random", "random_bytes", "int->string"),
    "randInt": ("random", "integer", "int,int->int"),
    "shuffle": ("random", "shuffle", _TEXT),
    "uuidv4": ("random", "uuidv4", "->string"),
    # numbers
    "atoi": ("numbers", "atoi", "string->int"),
    "int64": ("numbers", "int64", "any->int64"),
    "int": ("numbers", "integer", "any->int"),
    "float64": ("numbers", "float64", "any->float64"),
    "seq": ("numbers", "seq", "...int->string"),
    "toDecimal": ("numbers", "to_decimal", "any->int64"),
    "until": ("numbers", "until", "int->[]int"),
    "untilStep": ("numbers", "until_step", "int,int,int->[]int"),
    "add1": ("numbers", "add1", "any->int64"),
    "add": ("numbers", "add", "...any->int64"),
    "sub": ("numbers", "sub", "any,any->int64"),
    "div": ("numbers", "div", "any,any->int64"),
    "mod": ("numbers", "mod", "any,any->int64"),
    "mul": ("numbers", "mul", "any,...any->int64"),
    "biggest": ("numbers", "biggest", "any,...any->int64"),
    "max": ("numbers", "biggest", "any,...any->int64"),
    "min": ("numbers", "smallest", "any,...any->int64"),
    "maxf": ("floats", "maxf", "any,...any->float64"),
    "minf": ("floats", "minf", "any,...any->float64"),
    "ceil": ("floats", "ceil", "any->float64"),
    "floor": ("floats", "floor", "any->float64"),
    "round": ("floats", "round_places", "any,int,...float64->float64"),
    "add1f": ("decimals", "add1f", "any->float64"),
    "addf": ("decimals", "addf", "...any->float64"),
    "subf": ("decimals", "subf", "any,...any->float64"),
    "divf": ("decimals", "divf", "any,...any->float64"),
    "mulf": ("decimals", "mulf", "any,...any->float64"),
    # defaults and JSON
    "default": ("defaults", "default", "any,...any->any"),
    "empty": ("defaults", "empty", "any->bool"),
    "coalesce": ("defaults", "coalesce", "...any->any"),
    "all": ("defaults", "all_set", "...any->bool"),
    "any": ("defaults", "any_set", "...any->bool"),
    "ternary": ("defaults", "ternary", "any,any,bool->any"),
    "fromJson": ("jsons", "from_json", "string->any"),
    "mustFromJson": ("jsons", "must_from_json", "string->any"),
    "toJson": ("jsons", "to_json", "any->string"),
    "mustToJson": ("jsons", "must_to_json", "any->string"),
    "toPrettyJson": ("jsons", "to_pretty_json", "any->string"),
    "mustToPrettyJson": ("jsons", "must_to_pretty_json", "any->string"),
    "toRawJson": ("jsons", "must_to_raw_json", "any->string"),
    "mustToRawJson": ("jsons", "must_to_raw_json", "any->string"),
    "deepCopy": ("copies", "deep_copy", "any->any"),
    "mustDeepCopy": ("copies", "must_deep_copy", "any->any"),
    # types
    "typeOf": ("types", "type_of", "any->string"),
    "typeIs": ("types", "type_is", "string,any->bool"),
    "typeIsLike": ("types", "type_is_like", "string,any->bool"),
    "kindOf": ("types", "kind_of", "any->string"),
    "kindIs": ("types", "kind_is", "string,any->bool"),
    "deepEqual": ("equality", "deep_equal", "any,any->bool"),
    # paths, network, addresses
    "base": ("paths", "base", _TEXT),
    "dir": ("paths", "directory", _TEXT),
    "clean": ("paths", "clean", _TEXT),
    "ext": ("paths", "ext", _TEXT),
    "isAbs": ("paths", "is_abs", "string->bool"),
    "osBase": ("paths", "base", _TEXT),
    "osClean": ("paths", "clean", _TEXT),
    "osDir": ("paths", "directory", _TEXT),
    "osExt": ("paths", "ext", _TEXT),
    "osIsAbs": ("paths", "is_abs", "string->bool"),
    "getHostByName": ("network", "get_host_by_name", _TEXT),
    "urlParse": ("urls", "url_parse", "string->map"),
    "urlJoin": ("urls", "url_join", "map->string"),
    # encoding
    "b64enc": ("encodings", "b64enc", _TEXT),
    "b64dec": ("encodings", "b64dec", _TEXT),
    "b32enc": ("encodings", "b32enc", _TEXT),
    "b32dec": ("encodings", "b32dec", _TEXT),
    "sha1sum": ("digests", "sha1sum", _TEXT),
    "sha256sum": ("digests", "sha256sum", _TEXT),
    "sha512sum": ("digests", "sha512sum", _TEXT),
    "adler32sum": ("digests", "adler32sum", _TEXT),
    # dictionaries
    "dict": ("dicts", "dictionary", "...any->map"),
    "get": ("dicts", "get", "map,string->any"),
    "set": ("dicts", "put", "map,string,any->map"),
    "unset": ("dicts", "unset", "map,string->map"),
    "hasKey": ("dicts", "has_key", "map,string->bool"),
    "pluck": ("dicts", "pluck", "string,...map->[]any"),
    "keys": ("dicts", "keys", "...map->[]string"),
    "values": ("dicts", "values", "map->[]any"),
    "pick": ("dicts", "pick", "map,...string->map"),
    "omit": ("dicts", "omit", "map,...string->map"),
    "dig": ("dicts", "dig", "...any->any"),
    "merge": ("merging", "merge", _MERGE),
    "mustMerge": ("merging", "must_merge", _MERGE),
    "mergeOverwrite": ("merging", "merge_overwrite", _MERGE),
    "mustMergeOverwrite": ("merging", "must_merge_overwrite", _MERGE),
    # lists
    "list": ("lists", "make", "...any->[]any"),
    "tuple": ("lists", "make", "...any->[]any"),
    "append": ("lists", "push", "any,any->[]any"),
    "push": ("lists", "push", "any,any->[]any"),
    "mustAppend": ("lists", "push", "any,any->[]any"),
    "mustPush": ("lists", "push", "any,any->[]any"),
    "prepend": ("lists", "prepend", "any,any->[]any"),
    "mustPrepend": ("lists", "prepend", "any,any->[]any"),
    "first": ("lists", "first", "any->any"),
    "mustFirst": ("lists", "first", "any->any"),
    "rest": ("lists", "rest", _LIST),
    "mustRest": ("lists", "rest", _LIST),
    "last": ("lists", "last", "any->any"),
    "mustLast": ("lists", "last", "any->any"),
    "initial": ("lists", "initial", _LIST),
    "mustInitial": ("lists", "initial", _LIST),
    "reverse": ("lists", "reverse", _LIST),
    "mustReverse": ("lists", "reverse", _LIST),
    "compact": ("lists", "compact", _LIST),
    "mustCompact": ("lists", "compact", _LIST),
    "uniq": ("lists", "uniq", _LIST),
    "mustUniq": ("lists", "uniq", _LIST),
    "without": ("lists", "without", "any,...any->[]any"),
    "mustWithout": ("lists", "without", "any,...any->[]any"),
    "has": ("lists", "has", "any,any->bool"),
    "mustHas": ("lists", "has", "any,any->bool"),
    "slice": ("lists", "cut", "any,...any->any"),
    "mustSlice": ("lists", "cut", "any,...any->any"),
    "concat": ("lists", "concat", "...any->any"),
    "chunk": ("lists", "chunk", "int,any->[][]interface {}"),
    "mustChunk": ("lists", "chunk", "int,any->[][]interface {}"),
    # secrets and certificates
    "bcrypt": ("passwords", "bcrypt", _TEXT),
    "htpasswd": ("passwords", "htpasswd", "string,string->string"),
    "derivePassword": ("passwords", "derive_password", "uint32,string,string,string,string->string"),
    "encryptAES": ("ciphers", "encrypt_aes", "string,string->string"),
    "decryptAES": ("ciphers", "decrypt_aes", "string,string->string"),
    "genPrivateKey": ("private_keys", "generate", _TEXT),
    "buildCustomCert": ("certificates", "build_custom", "string,string->sprig.certificate"),
    "genCA": ("certificates", "authority", "string,int->sprig.certificate"),
    "genCAWithKey": ("certificates", "authority_with_key", "string,int,string->sprig.certificate"),
    "genSelfSignedCert": ("certificates", "self_signed", "string,[]any,[]any,int->sprig.certificate"),
    "genSelfSignedCertWithKey": (
        "certificates",
        "self_signed_with_key",
        "string,[]any,[]any,int,string->sprig.certificate",
    ),
    "genSignedCert": ("certificates", "signed", "string,[]any,[]any,int,sprig.certificate->sprig.certificate"),
    "genSignedCertWithKey": (
        "certificates",
        "signed_with_key",
        "string,[]any,[]any,int,sprig.certificate,string->sprig.certificate",
    ),
    # versions
    "semver": ("versions", "semver", "string->*semver.Version"),
    "semverCompare": ("versions", "semver_compare", "string,string->bool"),
    # regular expressions
    "regexMatch": ("regex", "match", "string,string->bool"),
    "mustRegexMatch": ("regex", "must_match", "string,string->bool"),
    "regexFindAll": ("regex", "find_all", _REGEX_N),
    "mustRegexFindAll": ("regex", "must_find_all", _REGEX_N),
    "regexFind": ("regex", "find", "string,string->string"),
    "mustRegexFind": ("regex", "must_find", "string,string->string"),
    "regexReplaceAll": ("regex", "replace_all", _REGEX_3),
    "mustRegexReplaceAll": ("regex", "must_replace_all", _REGEX_3),
    "regexReplaceAllLiteral": ("regex", "replace_all_literal", _REGEX_3),
    "mustRegexReplaceAllLiteral": ("regex", "must_replace_all_literal", _REGEX_3),
    "regexSplit": ("regex", "split", _REGEX_N),
    "mustRegexSplit": ("regex", "must_split", _REGEX_N),
    "regexQuoteMeta": ("regex", "quote_meta", _TEXT),
}

_made: dict[str, Function] = {}


def function(name: str) -> Function | None:
    """The template function called `name`, its chapter imported on first use; None when sprig has no such function."""
    made = _made.get(name)
    if made is None:
        row = TABLE.get(name)
        if row is None:
            return None
        from charthouse.gotemplate.functions import Function

        module = __import__(f"charthouse.sprig.{row[0]}", fromlist=(row[1],))
        made = _made[name] = Function(name, row[2], getattr(module, row[1]))
    return made


def names() -> tuple[str, ...]:
    """The names of all functions of the table."""
    return tuple(TABLE)
