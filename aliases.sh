# shellcheck shell=sh
# dsync in an interactive bash, zsh or POSIX sh: short commands, completion, synced environment, a segment of the prompt.
#
# `dsync setup` sources it from the rc file, with DSYNC_ROOT set to the folder that holds it. DSYNC_PROMPT=on puts the
# segment into the prompt of bash and zsh. Nothing here starts a process: it is read at each start of a shell.

if [ -z "${DSYNC_ROOT-}" ]; then
  if [ -n "${BASH_VERSION-}" ]; then
    # shellcheck disable=SC3028,SC3054
    eval 'DSYNC_ROOT=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)'
  elif [ -n "${ZSH_VERSION-}" ]; then
    eval 'DSYNC_ROOT=${${(%):-%x}:A:h}'
  fi
fi

if [ -n "${DSYNC_HOME-}" ]; then
  DSYNC_SHELL=$DSYNC_HOME/state/shell
else
  DSYNC_SHELL=${XDG_STATE_HOME:-$HOME/.local/state}/dsync/shell
fi

# Where setup links the programs.
if [ -L "$HOME/.local/bin/dsync" ]; then
  case ":$PATH:" in
    *":$HOME/.local/bin:"*) ;;
    *) PATH=$HOME/.local/bin:$PATH ;;
  esac
fi

# Variables that `dsync env` carries; the agent writes the file.
if [ -r "$DSYNC_SHELL/env.sh" ]; then
  # shellcheck disable=SC1091
  . "$DSYNC_SHELL/env.sh"
fi

alias sync-status='dsync status'
alias sync-check='dsync status --check'
alias sync-conflicts='dsync conflicts'
alias sync-pause='dsync pause'
alias sync-resume='dsync resume'
alias sync-health='dsync doctor'
alias sync-verify='dsync verify'
alias work-local='switch-host --back'
alias work-remote='switch-host'

# switch-gpu for each host that the agent knows, one a line.
if [ -r "$DSYNC_SHELL/hosts" ]; then
  while IFS= read -r dsync_host; do
    case $dsync_host in
      '' | *[!A-Za-z0-9._-]* | [!A-Za-z0-9]*) ;;
      *)
        # The name is to be read now.
        # shellcheck disable=SC2139
        alias "switch-$dsync_host=switch-host $dsync_host"
        ;;
    esac
  done <"$DSYNC_SHELL/hosts"
  unset dsync_host
fi

# The state of the sync in DSYNC_STATE, without a process: ✓ in sync, ↻3 to go, !2 waits for you, ‖ paused, … offline,
# ? unknown. Reads what the agent wrote last, and believes it only while that agent runs.
dsync_read_state() {
  DSYNC_STATE='?'
  if [ -r "$DSYNC_SHELL/state" ]; then
    read -r dsync_pid dsync_mark <"$DSYNC_SHELL/state" 2>/dev/null || dsync_pid=
    case $dsync_pid in
      '' | *[!0-9]*) ;;
      *) if kill -0 "$dsync_pid" 2>/dev/null; then DSYNC_STATE=$dsync_mark; fi ;;
    esac
    unset dsync_pid dsync_mark
  fi
}

# Prints the state, for a prompt of your own: PS1='$(dsync_prompt) \$ '
dsync_prompt() {
  dsync_read_state
  printf '%s' "$DSYNC_STATE"
}

case $- in
  *i*)
    if [ -n "${BASH_VERSION-}" ]; then
      for dsync_program in dsync dlaunch switch-host dtest; do
        if [ -r "$DSYNC_ROOT/dist/completion/$dsync_program.bash" ]; then
          # shellcheck disable=SC1090
          . "$DSYNC_ROOT/dist/completion/$dsync_program.bash"
        fi
      done
    elif [ -n "${ZSH_VERSION-}" ]; then
      # shellcheck disable=SC2154
      # Where the rc file has not done so before; what it finds is kept, so that it is quick the next time.
      eval '(( $+functions[compdef] )) || { [[ -d $DSYNC_SHELL ]] && autoload -Uz compinit && compinit -u -d "$DSYNC_SHELL/zcompdump" }'
      for dsync_program in dsync dlaunch switch-host dtest; do
        if eval '(( $+functions[compdef] ))' && [ -r "$DSYNC_ROOT/dist/completion/$dsync_program.zsh" ]; then
          # shellcheck disable=SC1090
          . "$DSYNC_ROOT/dist/completion/$dsync_program.zsh"
        fi
      done
    fi
    unset dsync_program
    if [ "${DSYNC_PROMPT-}" = on ] && [ -n "${BASH_VERSION-}${ZSH_VERSION-}" ]; then
      case $PS1 in
        *DSYNC_STATE*) ;;
        *) PS1='${DSYNC_STATE:+$DSYNC_STATE }'$PS1 ;;
      esac
      if [ -n "${ZSH_VERSION-}" ]; then
        eval 'setopt prompt_subst; autoload -Uz add-zsh-hook && add-zsh-hook precmd dsync_read_state'
      else
        # It may be an array, whose first element this is.
        case ${PROMPT_COMMAND-} in
          *dsync_read_state*) ;;
          *) PROMPT_COMMAND="dsync_read_state${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
        esac
      fi
    fi
    ;;
esac

if [ -n "${BASH_VERSION-}${ZSH_VERSION-}" ] && [ -r "$DSYNC_ROOT/handoff/typed-line.sh" ]; then
  # shellcheck disable=SC1091
  . "$DSYNC_ROOT/handoff/typed-line.sh"
fi
