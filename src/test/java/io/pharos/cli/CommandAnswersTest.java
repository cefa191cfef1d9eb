package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.demo.DemoProgram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Command lines and what they are answered, from a file: exit code and the first line of each
/// stream. Scripts and pipelines hang on them. `-Dpharos.write` writes the answers anew.
class CommandAnswersTest {
  private static final Path FILE = Path.of("src/test/resources/cli/answers.txt");
  private static final Pattern VARIABLE = Pattern.compile("(PHAROS_[A-Z_]+)=(.*)");
  private static final Pattern WORD = Pattern.compile("(?:[^\\s']|'[^']*')+");

  /// @param line as a shell takes it: variables, then words; `'…'` quotes
  record Case(String line, String answer) {
    @Override
    public String toString() {
      return line;
    }
  }

  static List<Case> cases() throws IOException {
    var cases = new ArrayList<Case>();
    for (String block : Files.readString(FILE).split("(?m)^\\$", -1)) {
      if (!block.startsWith("#")) {
        String[] parts = block.split("\n", 2);
        cases.add(new Case(parts[0].strip(), parts[1]));
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void commandLine_isAnsweredAsEver(Case one) {
    assertThat(answer(one.line())).isEqualTo(one.answer());
  }

  @Test
  void file_isWrittenAnewOnDemand() throws IOException {
    if (System.getProperty("pharos.write") != null) {
      String text = Files.readString(FILE);
      var fresh = new StringBuilder(text.substring(0, text.indexOf("\n$") + 1));
      for (Case one : cases()) {
        fresh.append(("$ " + one.line()).stripTrailing()).append('\n').append(answer(one.line()));
      }
      Files.writeString(FILE, fresh);
    }
    assertThat(cases()).hasSizeGreaterThan(100);
  }

  private static String answer(String line) {
    var environment = new HashMap<String, String>();
    var words = new ArrayList<String>();
    WORD.matcher(line)
        .results()
        .map(found -> found.group().replace("'", ""))
        .forEach(
            word -> {
              var variable = VARIABLE.matcher(word);
              if (words.isEmpty() && variable.matches()) {
                environment.put(variable.group(1), variable.group(2));
              } else {
                words.add(word);
              }
            });
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code =
        run(
            environment,
            words,
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8));
    return code + "\n" + first("out", out) + first("err", err);
  }

  /// As the entry of the program does, which starts a server where `serve` is obeyed.
  private static int run(
      Map<String, String> environment, List<String> words, PrintStream out, PrintStream err) {
    String name = words.isEmpty() ? "help" : words.getFirst();
    List<String> rest = words.isEmpty() ? List.of() : words.subList(1, words.size());
    if (name.equals("demo-backend") && !CommandManual.isRequestedBy(rest)) {
      return new DemoProgram(environment, out, err).run(rest);
    }
    if (!name.equals("serve") || CommandManual.isRequestedBy(rest)) {
      return new Commands(environment, out, err).run(name, rest);
    }
    try {
      ServeOptions.parse(rest, environment, false);
      return 0;
    } catch (UsageException e) {
      return Commands.refused(name, e, err);
    }
  }

  private static String first(String stream, ByteArrayOutputStream bytes) {
    return bytes.toString(UTF_8).lines().findFirst().map(it -> stream + " " + it + "\n").orElse("");
  }
}
