# Remembers the line that runs in an interactive bash or zsh, so that a saved session knows what was typed: quotes,
# assignments and all. Source it from the shell's start-up file. Nothing is started for it while the shell runs.
#
# $DSYNC_HOME/state/typed/PID, or ~/.local/state/dsync/typed/PID: the folder and the line, empty at the prompt; PID.history
# has the lines of this shell. Both are readable by their owner alone. A line that begins with a blank is not remembered.
case $- in *i*) ;; *) return 0 2>/dev/null || exit 0 ;; esac
[ -z "${__dsync_typed_file-}" ] || return 0

__dsync_typed_folder="${DSYNC_HOME:+$DSYNC_HOME/state}"
__dsync_typed_folder="${__dsync_typed_folder:-${XDG_STATE_HOME:-$HOME/.local/state}/dsync}/typed"
__dsync_typed_file="$__dsync_typed_folder/$$"
if ! (
  umask 077
  mkdir -p "$__dsync_typed_folder" && : >|"$__dsync_typed_file" && : >|"$__dsync_typed_file.history"
) 2>/dev/null; then
  unset __dsync_typed_folder __dsync_typed_file
  return 0
fi
# Of shells that are gone.
(
  cd "$__dsync_typed_folder" || exit
  for __dsync_old in *.history; do
    kill -0 "${__dsync_old%.history}" 2>/dev/null || rm -f "${__dsync_old%.history}" "$__dsync_old"
  done
) 2>/dev/null
unset __dsync_typed_folder

__dsync_typed() {
  case "$1" in '' | [[:space:]]*) return 0 ;; esac
  __dsync_busy=1
  printf '%s\n%s\n' "$PWD" "$1" >|"$__dsync_typed_file"
  printf '%s\n' "$1" >>"$__dsync_typed_file.history"
} 2>/dev/null

__dsync_prompt() {
  __dsync_status=$?
  __dsync_armed=''
  [ -z "${__dsync_busy-}" ] || : >|"$__dsync_typed_file"
  __dsync_busy=''
  return $__dsync_status
} 2>/dev/null

if [ -n "${ZSH_VERSION-}" ]; then
  autoload -Uz add-zsh-hook
  add-zsh-hook preexec __dsync_typed
  add-zsh-hook precmd __dsync_prompt
elif [ -n "${BASH_VERSION-}" ]; then
  # The trap runs before each command of a line; the first one after the line was read finds it in the history.
  __dsync_debug() {
    [ -z "${__dsync_armed-}" ] || __dsync_read_line
    : "$1"
  }
  __dsync_read_line() {
    local command=$BASH_COMMAND line number
    __dsync_armed=''
    HISTTIMEFORMAT='' builtin history 1 >|"$__dsync_typed_file"
    IFS= builtin read -r -d '' line <"$__dsync_typed_file"
    : >|"$__dsync_typed_file"
    line=${line%$'\n'}
    line=${line#"${line%%[![:space:]]*}"}
    number=${line%%[!0-9]*}
    line=${line#"$number"}
    line=${line:2}
    # The shell did not take the line into its history: then the last one there is another, unless it is the same again.
    if [ "$number" = "${__dsync_number-}" ]; then
      case "${line//[[:space:]]/}" in "${command//[[:space:]]/}"*) ;; *) return 0 ;; esac
    fi
    __dsync_number=$number
    __dsync_typed "$line"
  } 2>/dev/null
  if declare -p preexec_functions >/dev/null 2>&1; then
    preexec_functions+=(__dsync_typed)
    precmd_functions+=(__dsync_prompt)
  elif [ -z "$(trap -p DEBUG)" ]; then
    if [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 44 ]; then
      # Shown between the reading of a line and its first command; it shows nothing.
      PS0="${PS0-}"'${__dsync_typed_file:$((__dsync_armed=1,0)):0}'
      __dsync_arm=''
    else
      __dsync_arm='__dsync_armed=1'
    fi
    if [[ "$(declare -p PROMPT_COMMAND 2>/dev/null)" == "declare -a"* ]]; then
      PROMPT_COMMAND=(__dsync_prompt "${PROMPT_COMMAND[@]}" ${__dsync_arm:+"$__dsync_arm"})
    else
      PROMPT_COMMAND="__dsync_prompt${PROMPT_COMMAND:+$'\n'$PROMPT_COMMAND}${__dsync_arm:+$'\n'$__dsync_arm}"
    fi
    unset __dsync_arm
    trap '__dsync_debug "$_"' DEBUG
  fi
  # What the history has at the start was not typed here.
  __dsync_number=none
fi
