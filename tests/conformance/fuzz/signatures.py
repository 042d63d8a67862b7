"""What kinds of things functions take and give: Go's signatures, told more exactly.

Kinds: those of ``spellings.TEXTS`` (all of them Go strings), `int` `int64` `float` `number` `bool` `nil` `map` `list`
`strings` ([]string) `time` `span` (time.Duration) `any`; `count`, a small number where a function makes that many of
something; `fresh`, a map made on the spot (merging a map into itself makes a loop, on which Go dies); `moment`, a time
or a number of seconds (of anything else, dates are those of the clock); `scalar`.

A row is `NAMES: KINDS -> RESULT`; `KIND*` stands for none to three of it. A name may have several rows. Functions of
the engine's tables without a row get one from their Go signature, so a new function is fuzzed from its first day.
"""

from __future__ import annotations

from charthouse.engine.functions import _FORMATS
from charthouse.gotemplate.builtins import BUILTINS
from charthouse.sprig import TABLE

__all__ = ["EXCLUDED", "PRODUCERS", "RARE", "ROWS", "SHAPES", "Row"]

# name, kinds of its arguments, kind of its result
Row = tuple[str, tuple[str, ...], str]

EXCLUDED = {
    "random": "randAlphaNum randAlpha randAscii randNumeric randBytes randInt shuffle uuidv4",
    "keys and nonces": "bcrypt htpasswd encryptAES genPrivateKey genCA genCAWithKey genSelfSignedCert"
    " genSelfSignedCertWithKey genSignedCert genSignedCertWithKey buildCustomCert",
    "the clock": "now ago", "Go's order is random": "keys values",
}  # fmt: skip
"""Functions that do not give the same twice, by reason; unit tests check their properties."""

RARE = frozenset(["derivePassword", "decryptAES", "fail", "required", "lookup", "getHostByName", "hello"])

_TABLE = """
and or: any any* -> any
not: any -> bool
len: map -> count
len: list -> count
len: s -> count
index: list count -> any
index: map key -> any
index: map key key -> any
index: s count -> int
index: any any -> any
html js urlquery: any any* -> s
print println: any* -> s
printf: layout scalar* -> s
printf: layout any* -> s
eq ne: any any -> bool
eq ne: scalar scalar -> bool
eq: s s s* -> bool
eq: number number* -> bool
lt le gt ge: number number -> bool
lt le gt ge: s s -> bool
lt le gt ge: any any -> bool
call: any any* -> any
default: any any -> any
empty: any -> bool
coalesce: any* -> any
all any: any* -> bool
ternary: any any bool -> any
toYaml mustToYaml toYamlPretty toJson mustToJson toPrettyJson mustToPrettyJson toRawJson mustToRawJson: any -> s
toToml mustToToml: map -> s
toToml mustToToml: any -> s
fromYaml: yaml -> map
fromYamlArray: yaml -> list
fromJson mustFromJson: json -> any
fromJsonArray: json -> list
fromToml: toml -> map
fromYaml: s -> map
deepCopy mustDeepCopy: any -> any
typeOf kindOf: any -> type
typeIs typeIsLike kindIs: type any -> bool
deepEqual: any any -> bool
toString: any -> s
toStrings: list -> strings
toStrings: any -> strings
join: separator list -> s
join: separator any -> s
sortAlpha: list -> strings
sortAlpha: any -> strings
split: separator s -> map
splitn: separator count s -> map
splitList: separator s -> strings
quote squote cat: any* -> s
indent nindent: count s -> s
repeat: count s -> s
trunc abbrev: count s -> s
trunc abbrev: int s -> s
substr: count count s -> s
substr: int int s -> s
abbrevboth: count count s -> s
wrap: count s -> s
wrapWith: count separator s -> s
replace: s s s -> s
replace: separator s s -> s
plural: s s count -> s
trimAll trimall: separator s -> s
trimPrefix trimSuffix contains hasPrefix hasSuffix: s s -> s
contains hasPrefix hasSuffix: s s -> bool
until: count -> list
untilStep: count count count -> list
seq: count* -> s
add mul: number number* -> int64
add mul max min biggest: scalar scalar* -> int64
add1: any -> int64
sub div mod: number number -> int64
sub div mod: any any -> int64
max min biggest: number number* -> int64
maxf minf: number number* -> float
maxf minf: scalar scalar* -> float
ceil floor: any -> float
ceil floor: number -> float
round: number count -> float
round: number count float -> float
round: any int -> float
add1f: number -> float
addf mulf subf divf: number number* -> float
addf mulf subf divf: scalar scalar* -> float
atoi: numeral -> int
int int64 float64 toDecimal: numeral -> int64
int: number -> int
int: any -> int
int64: number -> int64
int64: any -> int64
float64: any -> float
toDecimal: any -> int64
date: date-layout moment -> s
dateInZone date_in_zone: date-layout moment zone -> s
htmlDate: moment -> s
htmlDateInZone: moment zone -> s
dateModify date_modify mustDateModify must_date_modify: duration time -> time
toDate mustToDate: date-layout date -> time
unixEpoch: time -> numeral
duration: numeral -> s
duration: any -> s
durationRound: duration -> s
durationRound: span -> s
durationRound: int64 -> s
mustToDuration: duration -> span
mustToDuration: any -> span
durationSeconds durationMinutes durationHours durationDays durationWeeks: duration -> float
durationSeconds durationMinutes durationHours durationDays durationWeeks: any -> float
durationMilliseconds durationMicroseconds durationNanoseconds: duration -> int64
durationMilliseconds durationMicroseconds durationNanoseconds: any -> int64
durationRoundTo durationTruncateTo: duration duration -> span
durationRoundTo durationTruncateTo: span any -> span
base dir clean ext osBase osClean osDir osExt: path -> s
isAbs osIsAbs: path -> bool
urlParse: url -> map
urlJoin: map -> s
b64dec b32dec: base -> s
dict: key any key any -> map
dict: key any -> map
dict: any* -> map
list tuple: any* -> list
list tuple: scalar* -> list
get: map key -> any
hasKey: map key -> bool
set: map key scalar -> map
unset: map key -> map
pluck: key map* -> list
pick omit: map key* -> map
dig: key any map -> any
dig: key key any map -> any
dig: any* -> any
merge mustMerge mergeOverwrite mustMergeOverwrite: fresh fresh* -> map
append push mustAppend mustPush prepend mustPrepend: list any -> list
first mustFirst last mustLast: list -> any
first mustFirst last mustLast: any -> any
rest mustRest initial mustInitial reverse mustReverse compact mustCompact uniq mustUniq: list -> list
rest mustRest initial mustInitial reverse mustReverse compact mustCompact uniq mustUniq: any -> list
without mustWithout: list any* -> list
has mustHas: any list -> bool
has mustHas: any any -> bool
slice mustSlice: list count* -> list
slice mustSlice: any count* -> any
concat: list* -> list
concat: any* -> list
chunk mustChunk: count list -> list
semver: version -> any
semverCompare: constraint version -> bool
regexMatch mustRegexMatch: regex s -> bool
regexFind mustRegexFind: regex s -> s
regexFindAll mustRegexFindAll regexSplit mustRegexSplit: regex s count -> strings
regexReplaceAll mustRegexReplaceAll: regex s replacement -> s
regexReplaceAllLiteral mustRegexReplaceAllLiteral: regex s replacement -> s
regexQuoteMeta: regex -> s
derivePassword: count type s s s -> s
decryptAES: s base -> s
lookup: s s s s -> map
required: s any -> any
fail: s -> s
include: name any -> s
tpl: tpl any -> s
tpl: tpl map -> s
"""

# Methods of what functions return and of the built-in objects, called like functions.
_TIME = '(toDate "2006-01-02T15:04:05Z07:00" "2023-07-01T23:59:59.5Z")'
_SPAN = '(mustToDuration "90m30.5s")'
_VERSION = '(semver "v1.2.3-a.1+b")'
_METHODS = f"""
{_TIME}.Format: date-layout -> s
{_TIME}.Year: -> int
{_TIME}.Month: -> any
{_TIME}.Weekday: -> any
{_TIME}.YearDay: -> int
{_TIME}.Unix: -> int64
{_TIME}.UnixMilli: -> int64
{_TIME}.Add: span -> time
{_TIME}.AddDate: count count count -> time
{_TIME}.Sub: time -> span
{_TIME}.After: time -> bool
{_TIME}.Compare: time -> int
{_TIME}.Truncate: span -> time
{_TIME}.IsZero: -> bool
{_TIME}.UTC.String: -> s
{_TIME}.GoString: -> s
{_SPAN}.String: -> s
{_SPAN}.Hours: -> float
{_SPAN}.Seconds: -> float
{_SPAN}.Milliseconds: -> int64
{_SPAN}.Round: span -> span
{_SPAN}.Truncate: span -> span
{_SPAN}.Abs: -> span
{_VERSION}.Major: -> any
{_VERSION}.Prerelease: -> s
{_VERSION}.Metadata: -> s
{_VERSION}.Original: -> s
{_VERSION}.IncMajor: -> any
{_VERSION}.IncPatch.String: -> s
{_VERSION}.SetPrerelease: s -> any
{_VERSION}.Nope: s -> any
.Values.YAML: -> s
.Values.Table: key -> map
.Values.PathValue: key -> any
.Values.AsMap: -> map
.Values.m.AsMap: -> map
.Files.Get: path -> s
.Files.GetBytes: path -> any
.Files.Glob: path -> any
.Files.Lines: path -> strings
.Files.AsConfig: -> s
.Files.AsSecrets: any -> s
.Chart.Name: any -> s
.Template.Name: -> s
.Release.Name: any -> s
"""

# Whole expressions around calls that would not give the same twice: what is always the same of them. Arguments go
# where the `@` stands.
SHAPES: list[Row] = [
    ("keys @ | sortAlpha", ("map",), "strings"),
    ("keys @ @ | sortAlpha", ("map", "map"), "strings"),
    ("len (keys @)", ("any",), "count"),
    ("values @ | len", ("map",), "count"),
    ("values @ | len", ("any",), "count"),
    ("values (pick @ @)", ("map", "key"), "list"),
    ("len (randAlphaNum @)", ("count",), "count"),
    ('regexMatch "^[a-zA-Z]*$" (randAlpha @)', ("count",), "bool"),
    ('regexMatch "^[0-9]*$" (randNumeric @)', ("count",), "bool"),
    ('regexMatch "^[ -~]*$" (randAscii @)', ("count",), "bool"),
    ("randBytes @ | b64dec | len", ("count",), "count"),
    ("randInt @ @ | kindOf", ("count", "count"), "type"),
    ('shuffle @ | splitList "" | sortAlpha', ("s",), "strings"),
    ("len uuidv4", (), "count"),
    ("typeOf (now)", (), "type"),
    ("kindOf (ago @)", ("any",), "type"),
    ('htpasswd @ ":" | len', ("s",), "count"),
    ('encryptAES "k" @ | decryptAES "k"', ("s",), "s"),
    ("buildCustomCert @ @", ("base", "s"), "any"),
    ("genCA @ | typeOf", ("s",), "type"),
    ("genSignedCert @ @ @ 1 @ | typeOf", ("s", "any", "any", "any"), "type"),
    ("genPrivateKey @ | trunc 10", ("type",), "s"),
]

_FROM_GO = {
    "string": "s", "int": "count", "int64": "int64", "float64": "float", "bool": "bool", "any": "any", "value": "any",
    "map": "map", "[]any": "list", "[]string": "strings", "time.Time": "time", "time.Duration": "span",
    "uint32": "count", "map[string]string": "map", "[]int": "list", "[][]interface {}": "list",
}  # fmt: skip


def _excluded() -> frozenset[str]:
    return frozenset(name for names in EXCLUDED.values() for name in names.split())


def _written(table: str) -> list[Row]:
    rows: list[Row] = []
    for line in table.strip().splitlines():
        names, _, rest = line.rpartition(": ")
        kinds, _, result = rest.partition(" -> ")
        if not result:
            kinds, result = "", rest.removeprefix("-> ")
        called = [names] if names.startswith(("(", ".")) else names.split()
        rows += [(name, tuple(kinds.split()), result) for name in called]
    return rows


def _from_go(name: str, signature: str) -> Row:
    inputs, _, result = signature.partition("->")
    kinds = []
    for part in (part for part in inputs.split(",") if part):
        kind = _FROM_GO[part.removeprefix("...")]
        kinds.append(kind + "*" if part.startswith("...") else kind)
    return name, tuple(kinds), _FROM_GO.get(result, "any")


def _all() -> list[Row]:
    rows = _written(_TABLE)
    known = {row[0] for row in rows} | _excluded() | set(BUILTINS)
    tables = {name: row[2] for name, row in TABLE.items()} | {name: row[0] for name, row in _FORMATS.items()}
    rows += [_from_go(name, signature) for name, signature in sorted(tables.items()) if name not in known]
    rows += _written(_METHODS)
    return [row for row in rows if row[0] not in RARE or row[0] in ("required", "fail")] + [
        row for row in rows if row[0] in RARE
    ]


ROWS: list[Row] = _all()

PRODUCERS: dict[str, list[Row]] = {}
for _row in ROWS:
    PRODUCERS.setdefault(_row[2], []).append(_row)
