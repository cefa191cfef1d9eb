package io.pharos.cli;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.alertmanager.AlertmanagerConfig;
import io.pharos.cli.Flags.Flag;
import io.pharos.gate.GatePolicies;
import io.pharos.lint.Check;
import io.pharos.lint.Finding;
import io.pharos.lint.LintContext;
import io.pharos.lint.RuleLint;
import io.pharos.lint.Severity;
import io.pharos.notify.message.MessageTemplates;
import io.pharos.notify.message.TemplateCheck;
import io.pharos.probe.ProbeFile;
import io.pharos.prometheus.PrometheusConfig;
import io.pharos.promql.engine.Feature;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleFile;
import io.pharos.ruletest.RuleTest;
import io.pharos.yaml.ConfigException;
import io.pharos.yaml.ConfigException.Problem;
import io.pharos.yaml.YamlFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// `pharos check`: reads every versioned file the way the service would and prints a line
/// `file:line:column: message` for each problem; then lints the rules, with a line `file:line:
/// severity [check] message` for each finding. Exit code 0 when there is no problem and no finding
/// as bad as `--fail-on`, 1 otherwise.
final class CheckCommand {
  static final Manual MANUAL =
      new Manual(
          "check",
          "reads every versioned file and says what is wrong with it",
          "",
          about(),
          List.of(
              new Flag("config.file", "prometheus/prometheus.yml", "Prometheus configuration"),
              new Flag(
                  "notifications.file",
                  "notifications/alertmanager.yml",
                  "Alertmanager configuration"),
              new Flag("rules.dir", "alert-rules", "rule files, whether configured or not"),
              new Flag("tests.dir", "alert-rules/tests", "unit tests of rules (read, not run)"),
              new Flag("probes.dir", "probes", "probe files"),
              new Flag("gates.dir", "gates", "gate policies"),
              new Flag("dashboards.dir", "dashboards", "Grafana dashboards and provisioning"),
              ServeOptions.FEATURES,
              new Flag("fail-on", "error", "findings about rules that fail: error or warning"),
              new Flag("lint", "true", "look for mistakes in rules (docs/lint.md)"),
              ServeOptions.RETENTION),
          List.of(
              new Manual.Exit(0, "no problem, and no finding as bad as --fail-on"),
              new Manual.Exit(1, "a problem, or such a finding")),
          List.of("pharos check", "pharos check --fail-on=warning"));

  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final List<Problem> problems = new ArrayList<>();
  private final List<RuleLint.Source> sources = new ArrayList<>();
  private int checked;

  CheckCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  int run(List<String> words) {
    Flags flags = Flags.parse(MANUAL.flags(), words, environment);
    flags.refuseArguments();
    Set<Feature> features = ServeOptions.features(flags);
    ParserOptions language = Feature.parserOptions(features);
    Severity failing = failing(flags);
    Path config = Path.of(flags.get("config.file"));
    var rules = new ArrayList<>(files(flags.get("rules.dir"), ".yml"));
    Optional<PrometheusConfig> prometheus = read(() -> PrometheusConfig.read(config));
    prometheus.ifPresent(
        known -> check(List.of(), () -> addMissing(rules, known.expandRuleFiles())));
    for (Path file : rules) {
      check(file, () -> sources.add(readRules(file, language)));
    }
    for (Path file : files(flags.get("tests.dir"), ".yml")) {
      check(file, () -> RuleTest.read(file, features));
    }
    Path notifications = Path.of(flags.get("notifications.file"));
    Optional<AlertmanagerConfig> receivers = read(() -> AlertmanagerConfig.load(notifications));
    receivers.ifPresent(
        known -> check(List.of(), () -> checkTemplates(notifications.toString(), known)));
    List<Path> probes = files(flags.get("probes.dir"), ".yml");
    check(probes, () -> ProbeFile.readAll(probes));
    List<Path> gates = files(flags.get("gates.dir"), ".yml");
    check(gates, () -> GatePolicies.readAll(gates));
    for (Path file : files(flags.get("dashboards.dir"), ".json")) {
      check(file, () -> checkJson(file));
    }
    Path provisioning = Path.of(flags.get("dashboards.dir")).resolve("provisioning");
    for (String folder : List.of("dashboards", "datasources")) {
      for (Path file : files(provisioning.resolve(folder).toString(), ".yml")) {
        check(file, () -> YamlFile.read(file));
      }
    }
    problems.stream()
        .sorted(comparing(Problem::file).thenComparingInt(Problem::line))
        .forEach(err::println);
    List<Finding> findings =
        flags.isOn("lint")
            ? lint(
                new LintContext(
                    prometheus,
                    receivers,
                    language,
                    flags.duration(ServeOptions.RETENTION.name()),
                    Instant.now()))
            : List.of();
    out.println(
        checked
            + " files checked, "
            + problems.size()
            + " problems"
            + (findings.isEmpty() ? "" : ", " + findings.size() + " findings about rules"));
    return problems.isEmpty()
            && findings.stream().allMatch(finding -> finding.severity().compareTo(failing) < 0)
        ? 0
        : 1;
  }

  private static String about() {
    var text = new StringBuilder();
    text.append(
        "It asks no server. A line is FILE:LINE: message, or FILE:LINE: severity [CHECK]\n");
    text.append(
        "message; \"# pharos disable CHECK\" above a rule switches a check off for it:\n\n");
    for (Check check : Check.values()) {
      text.append("  %-24s %s%n".formatted(check.id(), check.help()));
    }
    return text.toString();
  }

  private static Severity failing(Flags flags) {
    return switch (flags.get("fail-on")) {
      case "error" -> Severity.ERROR;
      case "warning" -> Severity.WARNING;
      default -> throw flags.refused("fail-on", "error or warning");
    };
  }

  private List<Finding> lint(LintContext context) {
    List<Finding> findings = new RuleLint(context).check(sources);
    for (Finding finding : findings) {
      (finding.severity() == Severity.ERROR ? err : out).println(finding);
    }
    return findings;
  }

  private static RuleLint.Source readRules(Path file, ParserOptions language) {
    try {
      var source = new RuleLint.Source(file.toString(), Files.readString(file));
      RuleFile.parse(source.name(), source.text(), language);
      return source;
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  private static void addMissing(List<Path> rules, List<Path> configured) {
    configured.stream()
        .map(Path::toAbsolutePath)
        .filter(file -> rules.stream().noneMatch(known -> isSame(known, file)))
        .forEach(rules::add);
  }

  private static void checkTemplates(String file, AlertmanagerConfig config) {
    try {
      List<String> found = TemplateCheck.problems(config, MessageTemplates.load(config));
      if (!found.isEmpty()) {
        throw new ConfigException(
            found.stream().map(text -> new Problem(file, 0, 0, text)).toList());
      }
    } catch (IOException e) {
      throw new ConfigException(file, 0, 0, "templates: " + e);
    }
  }

  private static void checkJson(Path file) {
    try {
      new ObjectMapper().readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new ConfigException(
          file.toString(),
          at == null ? 0 : at.getLineNr(),
          at == null ? 0 : at.getColumnNr(),
          "not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  private <T> Optional<T> read(Supplier<T> reading) {
    checked++;
    try {
      return Optional.of(reading.get());
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return Optional.empty();
    }
  }

  private void check(Path file, Runnable reading) {
    check(List.of(file), reading);
  }

  private void check(List<Path> files, Runnable reading) {
    checked += files.size();
    try {
      reading.run();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
  }

  private static boolean isSame(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.normalize());
  }

  /// The files of a folder with a suffix, sorted; none where there is no such folder.
  private List<Path> files(String folder, String suffix) {
    Path path = Path.of(folder);
    if (folder.isEmpty() || !Files.isDirectory(path)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      problems.add(new Problem(folder, 0, 0, "can't be listed: " + e));
      return List.of();
    }
  }
}
