package io.pharos.cli;

import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeOptions;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.cli.command.Flags.Flag;
import io.pharos.model.PromDuration;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Writes docs/configuration.md from the flags and the strict readers.
final class ConfigurationPage {
  private static final String HEAD =
      """
      # Configuration

      Every flag of every command and every key of Pharos' own files. The page is written from the program; a test compares
      the two, and `mvn test -Dtest=ConfigurationPageTest -Dpharos.write` writes it anew.

      Flags stand behind a command as `--name=value` or `--name value`; a switch may stand without a value. A flag wins over
      its variable of the environment, which is `PHAROS_` and the flag's name in capitals with `_` for `.` and `-`
      (`--web.read` is `PHAROS_WEB_READ`), a variable over the default. Durations are Prometheus' (`90s`, `1h30m`, `15d`).

      These variables have no flag:

      | variable | meaning |
      | --- | --- |
      | `QUARKUS_MAILER_HOST`, `_PORT`, `_USERNAME`, `_PASSWORD` | the mail server; it wins over `smtp_smarthost` of `global` in `alertmanager.yml` |
      | `PHAROS_TOKEN` | the bearer token of the commands that ask a Pharos, where `--token-file` is empty |
      | `PHAROS_JAVA_OPTS` | options of the JVM, for the launcher |
      | `PHAROS_GC` | the collector, `serial` (the default) or `g1` ([operations](operations.md)) |
      | `PHAROS_NO_BUILD` | anything but empty: the launcher never builds |
      | `PHAROS_TRAIN_PORT` | where `train` listens, `9098` if not given |
      | `GITHUB_…`, `CI_…` | `pharos gate` reads from them which run of a pipeline it serves |
      """;

  private static final Pattern EXPECTED =
      Pattern.compile(": expected (.*), found ", Pattern.DOTALL);

  private ConfigurationPage() {}

  static String text() {
    var text = new StringBuilder(HEAD);
    var nowhere = new PrintStream(PrintStream.nullOutputStream(), true, UTF_8);
    for (CommandManual manual : new Commands(Map.of(), nowhere, nowhere).manuals()) {
      if (manual.flags().isEmpty()) {
        continue;
      }
      text.append("\n## `pharos ").append(manual.command()).append("`\n\n");
      text.append("It ").append(manual.summary()).append(".\n\n");
      if (!manual.command().equals("serve") && manual.flags().equals(ServeFlags.ALL)) {
        text.append("The flags are those of `pharos serve`.\n");
        continue;
      }
      text.append("| flag | type | default | meaning |\n| --- | --- | --- | --- |\n");
      for (Flag flag : manual.flags()) {
        String type = manual.flags().equals(ServeFlags.ALL) ? servedType(flag) : type(flag);
        text.append(
            "| `--%s` | %s | %s | %s |%n"
                .formatted(flag.name(), cell(type), code(flag.defaultValue()), cell(flag.help())));
      }
    }
    text.append("\n## Pharos' own files\n\n");
    text.append("What is no key of these is refused, with file and line. ");
    text.append(
        "`prometheus.yml`, `alertmanager.yml`, rule files and their\ntests have the keys of ");
    text.append(
        "Prometheus and Alertmanager; [differences](differences.md) names the exceptions.\n\n");
    text.append("| file | part | keys |\n| --- | --- | --- |\n");
    for (OwnFile.Part part : OwnFile.parts()) {
      text.append(
          "| [`%s`](format/%s) | %s | %s |%n"
              .formatted(
                  part.file().shown(),
                  part.file().document(),
                  part.name().isEmpty() ? "the file" : "`" + part.name() + "`",
                  String.join(", ", part.keys().stream().map(ConfigurationPage::code).toList())));
    }
    return text.toString();
  }

  /// What `serve` expects, in the words in which it refuses nonsense.
  private static String servedType(Flag flag) {
    var words = new ArrayList<>(List.of("--" + flag.name() + "=?!"));
    if (flag.name().startsWith("engine.")) {
      words.add("--engine=remote");
      if (!flag.name().equals("engine.url")) {
        words.add("--engine.url=http://localhost");
      }
    }
    try {
      ServeOptions.parse(words, Map.of(), false);
      return type(flag);
    } catch (UsageException e) {
      Matcher expected = EXPECTED.matcher(String.valueOf(e.getMessage()));
      return expected.find() ? expected.group(1).replaceFirst(" (such as|\\().*", "") : type(flag);
    }
  }

  /// What a flag's name and default say.
  private static String type(Flag flag) {
    if (flag.name().endsWith("jdbc.url")) {
      return "a JDBC URL";
    }
    String last = flag.name().replaceFirst(".*[.-]", "");
    return switch (last) {
      case "file" -> "file";
      case "path", "dir" -> "folder";
      case "url" -> "an http or https URL";
      default -> {
        if (flag.isSwitch()) {
          yield "true or false";
        }
        if (flag.defaultValue().matches("[0-9]+")) {
          yield "a whole number";
        }
        yield isDuration(flag.defaultValue()) ? "a duration" : "text";
      }
    };
  }

  private static boolean isDuration(String text) {
    try {
      return PromDuration.parse(text).isPositive();
    } catch (IllegalArgumentException _) { // it is something else
      return false;
    }
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : "`" + text.replace("|", "\\|") + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "\\<");
  }
}
