"""``completion``: scripts that let a shell complete the words of a command line.

Every script does the same: it runs ``PROGRAM __complete WORD…`` (the protocol of spf13/cobra v1.10.2
``completions.go``: one candidate a line, a tab before its description, then ``:DIRECTIVE``) and shows the answer. The
scripts are ours.
"""

from __future__ import annotations

from charthouse.cli.command import Command
from charthouse.cli.flags import Flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from charthouse.cli.context import Context

__all__ = ["COMMAND", "bash_script"]

_BASH = r"""# bash completion for @NAME@
__@ID@_complete() {
    local words=("${COMP_WORDS[@]:0:COMP_CWORD+1}") line candidate directive=0 candidates=()
    local current=${COMP_WORDS[COMP_CWORD]}
    words[0]=@REQUEST@
    while IFS= read -r line; do
        case $line in
            :[0-9]*) directive=${line#:} ;;
            *) candidates+=("${line%%$'\t'*}") ;;
        esac
    done < <(${COMP_WORDS[0]} "${words[@]}" 2>/dev/null)
    COMPREPLY=()
    ((directive & 1)) && return
    for candidate in "${candidates[@]}"; do
        [[ $candidate == "$current"* ]] && COMPREPLY+=("$candidate")
    done
    if ((directive & 2)) && [[ $(type -t compopt) == builtin ]]; then compopt -o nospace; fi
    if ((!(directive & 4) && ${#COMPREPLY[@]} == 0)); then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        [[ $(type -t compopt) == builtin ]] && compopt -o filenames
    fi
}
complete -F __@ID@_complete @NAME@
"""

_ZSH = r"""#compdef @NAME@
# zsh completion for @NAME@
_@ID@() {
    local -a candidates request
    local line directive=0 tab=$'\t'
    request=("${words[1]}" @REQUEST@ "${(@)words[2,CURRENT]}")
    while IFS= read -r line; do
        case $line in
            :[0-9]*) directive=${line#:} ;;
            *) line=${line//:/\\:}; candidates+=("${line/$tab/:}") ;;
        esac
    done < <("${(@)request}" 2>/dev/null)
    (( directive & 1 )) && return 1
    local -a options
    (( directive & 2 )) && options=(-S '')
    if (( ${#candidates} )); then
        _describe -V candidate candidates $options
    elif (( ! (directive & 4) )); then
        _files
    fi
}
if [ "$funcstack[1]" = "_@ID@" ]; then _@ID@ "$@"; else compdef _@ID@ @NAME@; fi
"""

_FISH = r"""# fish completion for @NAME@
function __@ID@_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l directive 0
    for line in ($words[1] @REQUEST@ $words[2..-1] "$current" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else
            echo $line
        end
    end
    if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path "$current"
    end
end
complete -c @NAME@ -e
complete -c @NAME@ -f -a '(__@ID@_complete)'
"""

_POWERSHELL = r"""# powershell completion for @NAME@
Register-ArgumentCompleter -Native -CommandName '@NAME@' -ScriptBlock {
    param($current, $ast, $position)
    $words = @($ast.CommandElements | Where-Object { $_.Extent.StartOffset -lt $position } | ForEach-Object { "$_" })
    $arguments = @('@REQUEST@') + @($words | Select-Object -Skip 1)
    if ($current -eq '') { $arguments += '""' }
    & $words[0] @arguments 2>$null | Where-Object { $_ -notmatch '^:\d+$' } | ForEach-Object {
        $name, $text = $_ -split "`t", 2
        if (-not $text) { $text = $name }
        if ($name -like "$current*") {
            [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $text)
        }
    }
}
"""


def _flags() -> list[Flag]:
    return [Flag("no-descriptions", "bool", "complete without descriptions")]


def _run(script: str) -> Callable[[Context], None]:
    def run(context: Context) -> None:
        context.out.write(_filled(script, context.program, described=not context["no-descriptions"]))

    return run


def bash_script(program: str) -> str:
    """The script for bash. program: as it was called."""
    return _filled(_BASH, program, described=True)


def _filled(script: str, program: str, *, described: bool) -> str:
    name = program.rpartition("/")[2] or "charthouse"
    if name == "__main__.py":
        name = "charthouse"
    request = "__complete" if described else "__completeNoDesc"
    identifier = "".join(c if c.isalnum() else "_" for c in name)
    return script.replace("@NAME@", name).replace("@ID@", identifier).replace("@REQUEST@", request)


COMMAND = Command(
    "completion",
    "print a completion script for a shell",
    long="""Print the script that lets a shell complete commands, flags, releases and charts.

  bash:        source <(charthouse completion bash)
  zsh:         source <(charthouse completion zsh)
  fish:        charthouse completion fish | source
  powershell:  charthouse completion powershell | Out-String | Invoke-Expression
""",
    args="none",
    children=(
        Command("bash", "print the script for bash", args="none", flags=_flags, run=_run(_BASH)),
        Command("fish", "print the script for fish", args="none", flags=_flags, run=_run(_FISH)),
        Command("powershell", "print the script for PowerShell", args="none", flags=_flags, run=_run(_POWERSHELL)),
        Command("zsh", "print the script for zsh", args="none", flags=_flags, run=_run(_ZSH)),
    ),
)
