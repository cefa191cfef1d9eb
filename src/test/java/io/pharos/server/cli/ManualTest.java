package io.pharos.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.server.cli.Flags.Flag;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManualTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CommandLine commands =
      new CommandLine(
          Map.of(), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));

  private static List<Manual> manuals() {
    var nowhere = new PrintStream(PrintStream.nullOutputStream(), true, UTF_8);
    return new CommandLine(Map.of(), nowhere, nowhere).manuals();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "demo",
        "verify",
        "soak",
        "vulnerabilities",
        "check",
        "test",
        "query",
        "health",
        "gate",
        "notify",
        "migrate",
        "demo-backend",
        "train"
      })
  void command_hasAManual(String name) {
    assertThat(manuals()).extracting(Manual::command).contains(name);
  }

  @ParameterizedTest
  @MethodSource("manuals")
  void help_ofACommand_tellsAllOfItAndDoesNothing(Manual manual) {
    assertThat(commands.run(manual.command(), List.of("--wrong", "word", "--help"))).isZero();
    String text = out.toString(UTF_8);
    assertThat(err.toString(UTF_8)).isEmpty();
    assertThat(text)
        .startsWith("pharos " + manual.command() + ": ")
        .contains("usage: pharos " + manual.command(), "Exit codes:", "    0  ", "Examples:");
    for (Flag flag : manual.flags()) {
      assertThat(text).contains("--" + flag.name() + "=" + flag.defaultValue());
      assertThat(text).contains(flag.variable() + "\n      " + flag.help() + "\n");
    }
    manual.exits().forEach(exit -> assertThat(text).contains(exit.code() + "  " + exit.meaning()));
    assertThat(manual.examples())
        .isNotEmpty()
        .allSatisfy(example -> assertThat(example).contains("pharos " + manual.command()));
    assertThat(manual.exits()).anyMatch(exit -> exit.meaning().contains("command line"));
  }

  @ParameterizedTest
  @MethodSource("manuals")
  void help_withTheNameOfACommand_isTheSame(Manual manual) {
    assertThat(commands.run("help", List.of(manual.command()))).isZero();
    String text = out.toString(UTF_8);
    out.reset();
    assertThat(commands.run(manual.command(), List.of("-h"))).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo(text);
  }

  @Test
  void help_ofAnUnknownCommand_isAWrongCommandLine() {
    assertThat(commands.run("help", List.of("chekc"))).isEqualTo(64);
    assertThat(err.toString(UTF_8)).contains("'chekc': did you mean \"check\"?");
    assertThat(out.size()).isZero();
  }
}
