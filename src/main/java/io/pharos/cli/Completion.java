package io.pharos.cli;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Writes the script with which bash and zsh complete commands, flags, files and words.
final class Completion {
  private static final Pattern WORD = Pattern.compile("(?<![\\w.-])[a-z][a-z-]*+");
  private static final Pattern FLAG = Pattern.compile("--[a-z]+");

  private static final String HEAD =
      """
      # Completes pharos in bash and zsh; printed by "pharos completion".
      if [ -n "${ZSH_VERSION:-}" ]; then
        autoload -U +X compinit && compinit
        autoload -U +X bashcompinit && bashcompinit
      fi

      # Prints the table's line for a command: flags with a value, flags with a path, switches, words.
      _pharos_table() {
        case $1 in
      """;

  private static final String TAIL =
      """
        esac
      }

      _complete_pharos() {
        # bash splits --name=value at the =, zsh does not. Here both become two words.
        local -a words=()
        local word prefix='' index=0 i
        for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
          word=${COMP_WORDS[i]}
          if [[ $word == --*=* ]]; then
            words+=("${word%%=*}" "${word#*=}")
            ((i == COMP_CWORD)) && prefix=${word%%=*}=
          elif [[ $word != = ]]; then
            words+=("$word")
          elif ((i == COMP_CWORD)); then
            words+=('')
          fi
          ((i <= COMP_CWORD)) && index=$((${#words[@]} - 1))
        done
        local current=${words[index]} previous='' values='' paths='' switches='' plain=''
        local PREFIX=$current # zsh completes the names of files that begin with PREFIX
        COMPREPLY=()
        if ((index < 2)); then
          plain=$(_pharos_table '')
        else
          previous=${words[index - 1]}
          IFS='|' read -r values paths switches plain <<<"$(_pharos_table "${words[1]}")"
        fi
        if [[ " $paths " == *" $previous "* && $previous == --* ]]; then
          plain=FILE
        elif [[ " $values " == *" $previous "* && $previous == --* ]]; then
          return
        elif [[ $current == -* ]]; then
          plain="$values $paths $switches"
        fi
        if [[ $plain == FILE ]]; then
          type compopt &>/dev/null && compopt -o filenames
          local IFS=$'\\n'
          COMPREPLY=($(compgen -f -- "$current"))
        else
          COMPREPLY=($(compgen -W "$plain" -- "$current"))
        fi
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
      }
      complete -F _complete_pharos pharos
      """;

  private Completion() {}

  /// Returns the script for these commands.
  static String script(List<CommandManual> commands) {
    String names = commands.stream().map(CommandManual::command).collect(Collectors.joining(" "));
    var script = new StringBuilder(HEAD);
    script.append("    '') echo '").append(names).append("' ;;\n");
    for (CommandManual manual : commands) {
      script.append("    %s) echo '%s' ;;\n".formatted(manual.command(), row(manual, names)));
    }
    return script + TAIL;
  }

  private static String row(CommandManual manual, String names) {
    Stream<String> values =
        manual.flags().stream().filter(flag -> !flag.isSwitch() && !flag.isPath()).map(Flag::name);
    Stream<String> paths = manual.flags().stream().filter(Flag::isPath).map(Flag::name);
    Stream<String> switches = manual.flags().stream().filter(Flag::isSwitch).map(Flag::name);
    return "%s|%s|%s|%s"
        .formatted(
            flags(values, List.of()),
            flags(paths, matches(FLAG, manual.arguments())),
            flags(switches, List.of("--help")),
            words(manual.arguments(), names));
  }

  /// Returns the flags as one text, separated by spaces.
  ///
  /// @param launcherFlags flags that the launcher reads, with dashes
  private static String flags(Stream<String> names, List<String> launcherFlags) {
    return Stream.concat(names.map(name -> "--" + name), launcherFlags.stream())
        .collect(Collectors.joining(" "));
  }

  private static String words(String arguments, String names) {
    if (arguments.contains("COMMAND")) {
      return names;
    }
    List<String> words = matches(WORD, arguments);
    return words.isEmpty() && arguments.contains("FILE...") ? "FILE" : String.join(" ", words);
  }

  private static List<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).distinct().toList();
  }
}
