package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.cli.command.CommandManual;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Runs the script that `pharos completion` prints in bash and zsh.
class CompletionTest {
  /// What bash does at a tab; the last word is the one under the cursor.
  private static final String BASH =
      """
      source completion
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
      _complete_pharos
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  /// zsh itself drops candidates with another prefix.
  private static final String ZSH = BASH.replace("COMP_WORDS", "setopt ksharrays\nCOMP_WORDS");

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    var out = new ByteArrayOutputStream();
    var commands = new Commands(Map.of(), new PrintStream(out, true, UTF_8), System.err);
    assertThat(commands.run("completion", List.of("bash"))).isZero();
    Files.write(folder.resolve("completion"), out.toByteArray());
    Files.writeString(folder.resolve("prices.yml"), "");
    Files.createDirectory(folder.resolve("private"));
  }

  static List<CommandManual> manuals() {
    return new Commands(Map.of(), System.out, System.err).manuals();
  }

  private static List<String> completed(String... words) throws Exception {
    return asked(List.of("bash", "--norc", "-c", BASH, "bash"), words);
  }

  private static List<String> asked(List<String> shell, String... words) throws Exception {
    var command = new ArrayList<>(shell);
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD) // no terminal: compopt complains
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    return answer.lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void script_nothingTyped_offersEveryCommand() throws Exception {
    assertThat(completed("./pharos", ""))
        .containsExactlyInAnyOrderElementsOf(
            manuals().stream().map(CommandManual::command).toList());
  }

  @ParameterizedTest
  @MethodSource("manuals")
  void script_hyphensTyped_offersEveryFlagOfTheCommand(CommandManual manual) throws Exception {
    assertThat(completed("pharos", manual.command(), "--"))
        .containsAll(manual.flags().stream().map(flag -> "--" + flag.name()).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "pharos ch, check",
    "pharos check --fail, --fail-on",
    "pharos verify --q, --quick",
    "pharos soak --, --help --minutes",
    "pharos vulnerabilities --b, --bom",
    "pharos help no, notify",
    "pharos completion z, zsh",
    "pharos notify te, test",
    "pharos notify log --lim, --limit",
    "pharos gate --service demo --wa, --wait",
    "pharos check --config.file pric, prices.yml",
    "pharos check --config.file = pric, prices.yml",
    "pharos check --config.file=pric, --config.file=prices.yml",
    "pharos check --config.file =, completion prices.yml private",
    "pharos test pri, prices.yml private",
    "pharos query --url = http://127.0.0.1:9095 --ti, --time",
    "pharos gate --nagios --wa, --wait",
    "pharos check --fail-on w,",
    "pharos nothing --,",
  })
  void script_wordsTyped_offersWhatMayFollow(String words, @Nullable String expected)
      throws Exception {
    assertThat(String.join(" ", completed(words.split(" ")).stream().sorted().toList()))
        .isEqualTo(expected == null ? "" : expected);
  }

  @Test
  void script_inZsh_offersCommandsFlagsAndFiles() throws Exception {
    assumeTrue(hasZsh(), "zsh is not installed");
    var zsh = List.of("zsh", "-f", "-c", ZSH, "zsh");
    assertThat(asked(zsh, "pharos", "")).contains("check", "completion");
    assertThat(asked(zsh, "pharos", "check", "--")).contains("--fail-on", "--config.file");
    assertThat(asked(zsh, "pharos", "notify", "t")).contains("test", "log");
    assertThat(asked(zsh, "pharos", "check", "--config.file=pric"))
        .contains("--config.file=prices.yml");
  }

  private static boolean hasZsh() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "zsh")));
  }
}
