package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CommandManualTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Commands commands =
      new Commands(Map.of(), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));

  private static List<CommandManual> manuals() {
    var nowhere = new PrintStream(PrintStream.nullOutputStream(), true, UTF_8);
    return new Commands(Map.of(), nowhere, nowhere)
        .manuals().stream().filter(manual -> !manual.command().equals("help")).toList();
  }

  @ParameterizedTest
  @MethodSource("manuals")
  void help_ofACommand_tellsAllOfItAndDoesNothing(CommandManual manual) {
    assertThat(commands.run(manual.command(), List.of("--wrong", "word", "--help"))).isZero();
    assertThat(err.toString(UTF_8)).isEmpty();
    assertThat(out.toString(UTF_8))
        .startsWith("pharos " + manual.command() + ": ")
        .contains("\nusage: pharos " + manual.command(), "\nExit codes:\n    0  ", "\nExamples:\n")
        .endsWith("\n");
    String text = packed(out.toString(UTF_8));
    assertThat(text).contains(packed(manual.summary()), packed(manual.about()));
    for (Flag flag : manual.flags()) {
      String value = flag.defaultValue().isEmpty() ? "VALUE" : flag.defaultValue();
      assertThat(text)
          .contains(packed("--" + flag.name() + "=" + value + flag.help() + "$" + flag.variable()));
    }
    manual.exits().forEach(exit -> assertThat(text).contains(packed(exit)));
    manual.examples().forEach(example -> assertThat(text).contains(packed(example)));
    assertThat(manual.examples())
        .isNotEmpty()
        .allSatisfy(example -> assertThat(example).contains("pharos " + manual.command()));
    assertThat(manual.exits()).anyMatch(exit -> exit.contains("command line"));
  }

  /* Lines may break within words. */
  private static String packed(String text) {
    return text.replaceAll("\\s+", "");
  }

  @ParameterizedTest
  @MethodSource("manuals")
  void help_withTheNameOfACommand_isTheSame(CommandManual manual) {
    assertThat(commands.run("help", List.of(manual.command()))).isZero();
    String text = out.toString(UTF_8);
    out.reset();
    assertThat(commands.run(manual.command(), List.of("-h"))).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo(text);
  }

  @Test
  void help_ofManyFlags_groupsThemAfterTheExamples() {
    assertThat(commands.run("help", List.of("serve"))).isZero();
    assertThat(out.toString(UTF_8).lines())
        .containsSubsequence(
            "Examples:", "Files and others:", "--storage:", "--web:", "--limits:", "Exit codes:");
    out.reset();
    assertThat(commands.run("help", List.of("health"))).isZero();
    assertThat(out.toString(UTF_8)).doesNotContain("Files and others:");
  }

  @Test
  void overview_startsWithExamplesAndEndsWithTheProjectsOwnCommands() {
    assertThat(commands.run("help", List.of())).isZero();
    assertThat(out.toString(UTF_8).lines().map(line -> line.strip().split(" ", 2)[0]))
        .containsSubsequence(
            "Examples:", "Commands:", "serve", "version", "For", "verify", "soak", "demo-backend");
  }

  @Test
  void help_ofAnUnknownCommand_isAWrongCommandLine() {
    assertThat(commands.run("help", List.of("chekc"))).isEqualTo(64);
    assertThat(err.toString(UTF_8)).contains("'chekc': did you mean pharos check?");
    assertThat(out.size()).isZero();
  }
}
