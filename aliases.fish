# dsync in an interactive fish: short commands, completion, synced environment, a segment of the prompt.
#
# `dsync setup` sources it from conf.d/dsync.fish, with DSYNC_ROOT set to the folder that holds it. With DSYNC_PROMPT=on
# the segment stands before the prompt. Nothing here starts a process: it is read at each start of a shell.

set -q DSYNC_ROOT; or set -g DSYNC_ROOT (path dirname (path resolve (status filename)))

if set -q DSYNC_HOME; and test -n "$DSYNC_HOME"
    set -g DSYNC_SHELL $DSYNC_HOME/state/shell
else if set -q XDG_STATE_HOME; and test -n "$XDG_STATE_HOME"
    set -g DSYNC_SHELL $XDG_STATE_HOME/dsync/shell
else
    set -g DSYNC_SHELL $HOME/.local/state/dsync/shell
end

# Where setup links the programs.
if test -L $HOME/.local/bin/dsync; and not contains -- $HOME/.local/bin $PATH
    set -gx PATH $HOME/.local/bin $PATH
end

# Variables that `dsync env` carries; the agent writes the file.
test -r $DSYNC_SHELL/env.fish; and source $DSYNC_SHELL/env.fish

function sync-status --wraps 'dsync status'
    dsync status $argv
end
function sync-check
    dsync status --check $argv
end
function sync-conflicts --wraps 'dsync conflicts'
    dsync conflicts $argv
end
function sync-pause --wraps 'dsync pause'
    dsync pause $argv
end
function sync-resume --wraps 'dsync resume'
    dsync resume $argv
end
function sync-health --wraps 'dsync doctor'
    dsync doctor $argv
end
function sync-verify --wraps 'dsync verify'
    dsync verify $argv
end
function work-local
    switch-host --back $argv
end
function work-remote --wraps switch-host
    switch-host $argv
end

# switch-gpu for each host that the agent knows, one a line.
if test -r $DSYNC_SHELL/hosts
    while read -l host
        string match -qr '^[A-Za-z0-9][A-Za-z0-9._-]*$' -- $host; or continue
        function switch-$host --inherit-variable host
            switch-host $host $argv
        end
    end <$DSYNC_SHELL/hosts
end

# The state of the sync in DSYNC_STATE, without a process: ✓ in sync, ↻3 to go, !2 waits for you, ‖ paused, … offline,
# ? unknown. Reads what the agent wrote last, and believes it only while that agent runs.
function dsync_read_state
    set -g DSYNC_STATE '?'
    test -r $DSYNC_SHELL/state; or return 0
    read -l pid mark <$DSYNC_SHELL/state; or return 0
    string match -qr '^[0-9]+$' -- $pid; or return 0
    # fish has no kill of its own; where there is no /proc, the agent takes its file away when it ends.
    if test -d /proc/self; and not test -d /proc/$pid
        return 0
    end
    set -g DSYNC_STATE $mark
end

function dsync_prompt
    dsync_read_state
    printf %s $DSYNC_STATE
end

if status is-interactive
    for program in dsync dlaunch switch-host dtest
        test -r $DSYNC_ROOT/dist/completion/$program.fish; and source $DSYNC_ROOT/dist/completion/$program.fish
    end
    if test "$DSYNC_PROMPT" = on; and not functions -q dsync_prompt_before
        function dsync_with_prompt --on-event fish_prompt
            # fish_prompt is often defined after this file was read: it is wrapped at the first prompt.
            functions -q dsync_prompt_before; and return
            functions -q fish_prompt; or return
            functions -c fish_prompt dsync_prompt_before
            function fish_prompt
                dsync_prompt
                printf ' '
                dsync_prompt_before
            end
        end
    end
end

test -r $DSYNC_ROOT/handoff/typed-line.fish; and source $DSYNC_ROOT/handoff/typed-line.fish
true
