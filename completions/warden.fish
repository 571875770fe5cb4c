# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_warden_global_optspecs
    string join \n c/config= o/output= color= strict timeout= debug info warning error h/help V/version
end

function __fish_warden_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_warden_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_warden_using_subcommand
    set -l cmd (__fish_warden_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c warden -n "__fish_warden_needs_command" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_needs_command" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_needs_command" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_needs_command" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_needs_command" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_needs_command" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_needs_command" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_needs_command" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_needs_command" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_needs_command" -s V -l version -d 'Print version'
complete -c warden -n "__fish_warden_needs_command" -f -a "ban" -d 'List, add and remove bans'
complete -c warden -n "__fish_warden_needs_command" -f -a "config" -d 'Look at the configuration'
complete -c warden -n "__fish_warden_needs_command" -f -a "signal" -d 'Feed signals to the backends, as a daemon does'
complete -c warden -n "__fish_warden_needs_command" -f -a "plugin" -d 'Look at the backend plugins, check one, begin one'
complete -c warden -n "__fish_warden_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c warden -n "__fish_warden_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "add" -d 'Ban an address, a range, or what a list names'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "check" -d 'Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "del" -d 'Take bans back: of an address or a range, of a list, by filter'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "delete" -d 'Take bans back: of an address or a range, of a list, by filter'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "diff" -d 'What one backend has and another one has not; exit 0 when they hold the same bans, 4 when not'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "history" -d 'Every ban that a target ever had: from when, until when, how it ended, by whom'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "import" -d 'Ban what a list names: one target a line, CSV, JSON or JSON lines'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "ls" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "stats" -d 'Count the bans by reason, country, autonomous system, source and action, and over time'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "sync" -d 'Make one backend hold what another one says'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "undo" -d 'Take the last change back: a del, a flush, an import'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add check del delete diff flush history import list ls stats sync undo help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s t -l target -d 'What to ban; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l duration -d 'For how long: `4h`, `1h30m`, `7d`, `2weeks`, `permanent`' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l reason -d 'Why' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l remediation -d 'What the ban does to its target: ban, captcha, slow, or a word that a backend or the main file knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l force -d 'Ban even what covers your own address, loopback, this machine, the allowlist, or a very wide range'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s y -l yes -d 'Answer the question with yes'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -a "ip" -d 'Ban an address: TARGET DURATION REASON…'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -a "range" -d 'Ban a range: CIDR DURATION REASON…'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l at -d 'At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing: the exit code tells'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l covering -d 'With --ip: also the ranges around the address'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l must-exist -d 'Exit with 4 when nothing was banned'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s y -l yes -d 'Do not ask'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -a "ip" -d 'Take the ban of an address back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -a "range" -d 'Take the ban of a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l covering -d 'With --ip: also the ranges around the address'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l must-exist -d 'Exit with 4 when nothing was banned'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -a "ip" -d 'Take the ban of an address back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -a "range" -d 'Take the ban of a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s y -l yes -d 'Do not ask'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l format -d 'The format of the list [default: told by its content]' -r -f -a "plain\t'One address or range a line; `#` begins a comment'
csv\t'CSV with a header line that names the columns'
json\t'A JSON array of bans, or of CrowdSec\'s alerts'
jsonl\t'One JSON object a line'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l duration -d 'How long bans hold that do not say so themselves [default: 4h; with --sync `permanent`]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l reason -d 'The reason of bans that do not say so themselves [default: `imported`; with --sync `list NAME`]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l source -d 'The source of bans that do not say so themselves [default: import]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l sync -d 'The list is all of the list NAME: end its bans that are not in it any more, leave those that are' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l remediation -d 'What bans do that do not say so themselves: ban, captcha, slow, or a word that a backend or the main file knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l keep-going -d 'Leave out what is wrong, and import the rest'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l force -d 'Ban even what covers your own address, loopback, this machine, the allowlist, or a very wide range'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -s y -l yes -d 'Sync even with an empty list'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l at -d 'At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l limit -d 'At most so many, 0 for all [default: 50 for the table, all for the other formats]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l fields -d 'Only these fields, in this order: `ip,reason,until_at`; for raw, json and jsonl' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l sort -d 'In this order, instead of the newest first; up to 8 MiB of bans are held in memory, more in a temporary file' -r -f -a "until\t'What ends first'
start\t'What began last'
ip\t'Addresses from low to high, IPv4 before IPv6'
events\t'What has the most events'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s a -l all -d 'All bans, however many'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l api -d 'Also those that came from the API'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l escape -d 'Write control characters as escapes such as `\\n`, so that each ban is one line; for raw, and always on a terminal'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l escape-formulas -d 'Put `\'` before a text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`); for raw'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l at -d 'At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l limit -d 'At most so many, 0 for all [default: 50 for the table, all for the other formats]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l fields -d 'Only these fields, in this order: `ip,reason,until_at`; for raw, json and jsonl' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l sort -d 'In this order, instead of the newest first; up to 8 MiB of bans are held in memory, more in a temporary file' -r -f -a "until\t'What ends first'
start\t'What began last'
ip\t'Addresses from low to high, IPv4 before IPv6'
events\t'What has the most events'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s a -l all -d 'All bans, however many'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l api -d 'Also those that came from the API'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l escape -d 'Write control characters as escapes such as `\\n`, so that each ban is one line; for raw, and always on a terminal'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l escape-formulas -d 'Put `\'` before a text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@`); for raw'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l at -d 'At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l by -d 'Only these lists; may be given several times [default: all]' -r -f -a "reason\t'Why'
country\t'The two letters of the country'
as\t'The autonomous system'
source\t'Who ordered'
action\t'What the ban does'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l since -d 'Only bans that began in this time before T; the timeline spans as much before T and after [default: 24h, all bans]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l top -d 'At most so many of each list' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l from -d 'The source backend' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l to -d 'The destination backend' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l delete -d 'With two names: also remove the bans that only the destination has'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -s y -l yes -d 'Do not ask, even when the first one holds no ban at all'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l remediation -d 'As v0.3 took it everywhere; `add` and `import` show it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -s y -l yes -d 'Do not ask; needed where nobody can be asked'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l dry-run -d 'Say what would be done, and do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "add" -d 'Ban an address, a range, or what a list names'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "check" -d 'Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "del" -d 'Take bans back: of an address or a range, of a list, by filter'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "diff" -d 'What one backend has and another one has not; exit 0 when they hold the same bans, 4 when not'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "history" -d 'Every ban that a target ever had: from when, until when, how it ended, by whom'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "import" -d 'Ban what a list names: one target a line, CSV, JSON or JSON lines'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Count the bans by reason, country, autonomous system, source and action, and over time'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "sync" -d 'Make one backend hold what another one says'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "undo" -d 'Take the last change back: a del, a flush, an import'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -f -a "show" -d 'Print what is in force: files, overrides, allowlist; secrets masked'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -f -a "check" -d 'Check every file and every backend; changes nothing'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Print what is in force: files, overrides, allowlist; secrets masked'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check every file and every backend; changes nothing'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -f -a "push" -d 'Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT'
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l profile -d 'What is done about which signal: v0.3\'s profiles.yaml' -r -F
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l remediation -d 'What a signal without bans orders for its source' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l duration -d 'For how long, from the signal\'s last event on' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l follow -d 'Wait for more at the end of the file'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l simulation -d 'Mark every signal as a simulation'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from help" -f -a "push" -d 'Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -f -a "describe" -d 'Show what a plugin says of itself, and the keys of its configuration, without starting it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check describe new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l set -d 'Configures the plugin; `{dir}` in a value is a folder that is new for each case [also as --config]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l limit -d 'How long a case may take' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l rows -d 'How many rows are many' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l only -d 'Run this case only; given several times, these' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l case -d 'Run one case in this process: what the suite starts' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l lang -d 'The language to write it in' -r -f -a "rust\t'Rust, with the safe trait'
c\t'C11 or C++17, with the header alone'
go\t'Go, with CrowdSec v0.3\'s interface'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show what a plugin says of itself, and the keys of its configuration, without starting it'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand completions" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand completions" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
jsonl\t'One JSON object a line'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand completions" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand completions" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand completions" -l strict -d 'Do nothing unless every backend has started and, for a write, is fit for it'
complete -c warden -n "__fish_warden_using_subcommand completions" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand completions" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand completions" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand completions" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "ban" -d 'List, add and remove bans'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "config" -d 'Look at the configuration'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "signal" -d 'Feed signals to the backends, as a daemon does'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "plugin" -d 'Look at the backend plugins, check one, begin one'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "completions" -d 'Print the completions for a shell'
complete -c warden -n "__fish_warden_using_subcommand help; and not __fish_seen_subcommand_from ban config signal plugin completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "add" -d 'Ban an address, a range, or what a list names'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "check" -d 'Is it banned? Exit 0 when every target is, 4 when one is not, 3 when a backend could not tell'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "del" -d 'Take bans back: of an address or a range, of a list, by filter'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "diff" -d 'What one backend has and another one has not; exit 0 when they hold the same bans, 4 when not'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "history" -d 'Every ban that a target ever had: from when, until when, how it ended, by whom'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "import" -d 'Ban what a list names: one target a line, CSV, JSON or JSON lines'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "stats" -d 'Count the bans by reason, country, autonomous system, source and action, and over time'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "sync" -d 'Make one backend hold what another one says'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "undo" -d 'Take the last change back: a del, a flush, an import'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print what is in force: files, overrides, allowlist; secrets masked'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check every file and every backend; changes nothing'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from signal" -f -a "push" -d 'Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "describe" -d 'Show what a plugin says of itself, and the keys of its configuration, without starting it'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
