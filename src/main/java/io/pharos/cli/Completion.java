package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// The script by which bash and zsh complete commands, flags, files and words.
final class Completion {
  private static final Pattern WORD = Pattern.compile("(?<![\\w-])[a-z]+");
  private static final Pattern FLAG = Pattern.compile("--[a-z]+");

  /// For flags and values in one word, which bash splits at the `=` and zsh does not.
  private static final String PAIRS =
      """

      # As above, but --name=VALUE is shown to the functions as --name VALUE.
      function _complete_pharos_pairs() {
        local -a pairs=()
        local word prefix="" at=0 i
        for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
          word=${COMP_WORDS[i]}
          if [[ $word == --*=* ]]; then
            pairs+=("${word%%=*}" "${word#*=}")
            ((i == COMP_CWORD)) && prefix=${word%%=*}=
          elif [[ $word != = ]]; then
            pairs+=("$word")
          elif ((i == COMP_CWORD)); then
            pairs+=("")
          fi
          ((i <= COMP_CWORD)) && at=$((${#pairs[@]} - 1))
        done
        local -a COMP_WORDS=("${pairs[@]}")
        local COMP_CWORD=$at PREFIX=${pairs[at]} # PREFIX is what zsh looks for among files
        _complete_pharos
        COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
      }
      complete -F _complete_pharos_pairs -o default pharos
      """;

  private Completion() {}

  /// @param root the program, with all commands
  static String script(CommandLine root, List<CommandManual> commands) {
    List<String> names = commands.stream().map(CommandManual::command).toList();
    for (CommandManual manual : commands) {
      CommandLine command = requireNonNull(root.getSubcommands().get(manual.command()));
      addWords(command.getCommandSpec(), manual, names);
    }
    return AutoComplete.bash("pharos", root) + PAIRS;
  }

  /// What stands behind a command apart from its flags, by how its usage is written.
  private static void addWords(CommandSpec spec, CommandManual manual, List<String> names) {
    spec.addOption(OptionSpec.builder("--help").type(boolean.class).build());
    for (String flag : found(FLAG, manual.arguments())) { // read by the launcher
      spec.addOption(OptionSpec.builder(flag).type(Path.class).build());
    }
    List<String> words =
        manual.arguments().contains("COMMAND") ? names : found(WORD, manual.arguments());
    var rest = PositionalParamSpec.builder().index("0..*").paramLabel("word");
    if (!words.isEmpty()) {
      spec.addPositional(rest.completionCandidates(words).build());
    } else if (manual.arguments().contains("FILE...")) {
      spec.addPositional(rest.type(Path.class).build());
    }
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(MatchResult::group).distinct().toList();
  }
}
