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
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_needs_command" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_needs_command" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_needs_command" -l strict -d 'Unless every backend is usable, do nothing'
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
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "add" -d 'Ban an address or a range'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "del" -d 'Take the ban of an address or a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "delete" -d 'Take the ban of an address or a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "ls" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and not __fish_seen_subcommand_from add del delete flush list ls help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -f -a "ip" -d 'Ban an address: TARGET DURATION REASON…'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -f -a "range" -d 'Ban a range: CIDR DURATION REASON…'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from add" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -f -a "ip" -d 'Take the ban of an address back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -f -a "range" -d 'Take the ban of a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from del" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -f -a "ip" -d 'Take the ban of an address back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -f -a "range" -d 'Take the ban of a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from delete" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s y -l yes -d 'Do not ask'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from flush" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l at -d 'At this time: `2026-11-24 02:00`, `02:00`, `2h ago`, RFC 3339 …; without a zone it is local time' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l ip -d 'Only bans of this address, and of ranges that contain it' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l range -d 'Only bans that lie wholly in this range' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l reason -d 'Only bans whose reason contains this, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l country -d 'Only bans from this country, by its two letters' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l as -d 'Only bans whose autonomous system contains this, number or name, in upper or lower case' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l source -d 'Only bans from this source: cli, api, local …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l action -d 'Only bans with this action: ban, captcha, slow …' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l limit -d 'At most so many [default: 50 for the table, none for json and raw]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -s a -l all -d 'All bans, however many'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l api -d 'Also those that came from the API'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from list" -l strict -d 'Unless every backend is usable, do nothing'
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
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l limit -d 'At most so many [default: 50 for the table, none for json and raw]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l remediation -d 'What a ban does to its target: ban, slow, captcha, or a word that a backend knows' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l backend -d 'Only this backend; may be given several times' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s a -l all -d 'All bans, however many'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l api -d 'Also those that came from the API'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "add" -d 'Ban an address or a range'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "del" -d 'Take the ban of an address or a range back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand ban; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and not __fish_seen_subcommand_from show check help" -l strict -d 'Unless every backend is usable, do nothing'
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
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand config; and __fish_seen_subcommand_from check" -l strict -d 'Unless every backend is usable, do nothing'
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
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and not __fish_seen_subcommand_from push help" -l strict -d 'Unless every backend is usable, do nothing'
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
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l follow -d 'Wait for more at the end of the file'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l simulation -d 'Mark every signal as a simulation'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from help" -f -a "push" -d 'Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT'
complete -c warden -n "__fish_warden_using_subcommand signal; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
complete -c warden -n "__fish_warden_using_subcommand plugin; and not __fish_seen_subcommand_from list check new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from list" -l strict -d 'Unless every backend is usable, do nothing'
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
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l lang -d 'The language to write it in' -r -f -a "rust\t'Rust, with the safe trait'
c\t'C11 or C++17, with the header alone'
go\t'Go, with CrowdSec v0.3\'s interface'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l strict -d 'Unless every backend is usable, do nothing'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l debug -d 'Say each step'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l info -d 'Say what is done [default]'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l warning -d 'Say only what is not as it should be'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -l error -d 'Say only what failed'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
complete -c warden -n "__fish_warden_using_subcommand plugin; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c warden -n "__fish_warden_using_subcommand completions" -s c -l config -d 'The main configuration file; given twice, the last one counts' -r -F
complete -c warden -n "__fish_warden_using_subcommand completions" -s o -l output -d 'How results are printed on standard output' -r -f -a "human\t'A table for people'
json\t'One JSON document'
raw\t'CSV with a header line (RFC 4180)'"
complete -c warden -n "__fish_warden_using_subcommand completions" -l color -d 'When to use colour [default: auto; `NO_COLOR` turns it off]' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c warden -n "__fish_warden_using_subcommand completions" -l timeout -d 'How long one call of a plugin may take, then it is left behind [default: for ever]' -r
complete -c warden -n "__fish_warden_using_subcommand completions" -l strict -d 'Unless every backend is usable, do nothing'
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
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "add" -d 'Ban an address or a range'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "del" -d 'Take the ban of an address or a range back'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "flush" -d 'Take all bans back'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from ban" -f -a "list" -d 'List the bans that hold, now or at another time'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Print what is in force: files, overrides, allowlist; secrets masked'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check every file and every backend; changes nothing'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from signal" -f -a "push" -d 'Insert signals that come as JSON lines, as a daemon does: until the end of the input, SIGTERM or SIGINT'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "list" -d 'List the configured backends with their plugins'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "check" -d 'Run the conformance suite on a plugin'
complete -c warden -n "__fish_warden_using_subcommand help; and __fish_seen_subcommand_from plugin" -f -a "new" -d 'Begin a plugin: a folder that builds and passes the check as it stands'
