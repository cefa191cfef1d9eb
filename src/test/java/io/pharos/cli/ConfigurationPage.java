package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.model.PromDuration;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Writes docs/configuration.md from the flags and the strict readers.
final class ConfigurationPage {
  private static final String HEAD =
      """
      # Configuration

      Every flag of every command, and where the keys of Pharos' own files are described. The program generates this page; a
      test compares it, and `mvn test -Dtest=ConfigurationPageTest -Dpharos.write` rewrites it.

      Write flags after the command as `--name=value` or `--name value`; a switch needs no value. A flag overrides its
      environment variable (`PHAROS_WEB_READ` for `--web.read`), which overrides the default. Durations are Prometheus'
      (`90s`, `1h30m`, `15d`).

      Variables without a flag:

      | variable | meaning |
      | --- | --- |
      | `QUARKUS_MAILER_HOST`, `_PORT`, `_USERNAME`, `_PASSWORD` | mail server; overrides `smtp_smarthost` of `global` in `alertmanager.yml` |
      | `PHAROS_TOKEN` | bearer token of client commands without `--token-file` |
      | `PHAROS_JAVA_OPTS` | JVM options |
      | `PHAROS_GC` | garbage collector, `serial` (default) or `g1` ([operations](operations.md)) |
      | `PHAROS_NO_BUILD` | if not empty, the launcher never builds |
      | `PHAROS_TRAIN_PORT` | port of `train`, default `9098` |
      | `GITHUB_…`, `CI_…` | `pharos gate` identifies the pipeline run by them |
      """;

  private static final Pattern EXPECTED =
      Pattern.compile(": expected (.*), found ", Pattern.DOTALL);

  private ConfigurationPage() {}

  static String text() {
    var text = new StringBuilder(HEAD);
    var nowhere = new PrintStream(PrintStream.nullOutputStream(), true, UTF_8);
    List<CommandManual> manuals = new Commands(Map.of(), nowhere, nowhere).manuals();
    var described = new HashMap<Flag, String>();
    for (CommandManual manual : manuals) {
      if (manual.flags().isEmpty()) {
        continue;
      }
      text.append("\n## `pharos ").append(manual.command()).append("`\n\n");
      text.append("It ").append(manual.summary()).append(".\n\n");
      if (!manual.command().equals("serve") && manual.flags().equals(ServeFlags.ALL)) {
        text.append("The flags are those of `pharos serve`.\n");
        continue;
      }
      var elsewhere = new LinkedHashMap<String, List<String>>();
      text.append("| flag | type | default | meaning |\n| --- | --- | --- | --- |\n");
      for (Flag flag : manual.flags()) {
        String first = described.putIfAbsent(flag, manual.command());
        if (first != null) {
          elsewhere.computeIfAbsent(first, _ -> new ArrayList<>()).add("`--" + flag.name() + "`");
          continue;
        }
        if (manual.command().equals("serve") && isOfTap(flag, manuals)) {
          continue;
        }
        String type = manual.flags().equals(ServeFlags.ALL) ? servedType(flag) : type(flag);
        text.append(
            "| `--%s` | %s | %s | %s |%n"
                .formatted(
                    flag.name(),
                    cell(shortType(type)),
                    code(flag.defaultValue()),
                    cell(flag.help())));
      }
      elsewhere.forEach(
          (command, flags) ->
              text.append(
                  "\nAs for `pharos %s`: %s.\n".formatted(command, String.join(", ", flags))));
      if (manual.command().equals("serve")) {
        text.append("\nThe tap has the other flags of `pharos tap` too, with the prefix `tap.`.\n");
      }
    }
    text.append("\n## Pharos' own files\n\n");
    text.append(
        "Unknown keys are refused with file and line. `prometheus.yml`, `alertmanager.yml`, ");
    text.append("rule files and their tests have\nPrometheus' and Alertmanager's keys; ");
    text.append("[differences](differences.md) lists the exceptions.\n\n");
    text.append("| file | keys |\n| --- | --- |\n");
    for (OwnFile file : OwnFile.values()) {
      text.append(
          "| `%s` | [%s](format/%s) |%n".formatted(file.shown(), file.document(), file.document()));
    }
    return text.toString();
  }

  /// Whether `pharos tap` has the same flag without the prefix `tap.`.
  private static boolean isOfTap(Flag flag, List<CommandManual> manuals) {
    return manuals.stream()
        .filter(manual -> manual.command().equals("tap"))
        .flatMap(manual -> manual.flags().stream())
        .anyMatch(
            tap ->
                flag.name().equals("tap." + tap.name())
                    && flag.help().equals(tap.help())
                    && flag.defaultValue().equals(tap.defaultValue()));
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

  /// The type in one word, where the words of a refusal are longer.
  private static String shortType(String type) {
    return switch (type) {
      case "a whole number" -> "number";
      case "a duration" -> "duration";
      case "an http or https URL", "a JDBC URL" -> "URL";
      case "true or false" -> "switch";
      default -> type;
    };
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
