package io.pharos.cli.check;

import static java.util.Comparator.comparing;

import io.pharos.alerting.Channels;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.TemplateCheck;
import io.pharos.alerting.message.TemplateCheck.BadText;
import io.pharos.callback.CallbackFile;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.migrate.MigrateBackendCommand;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.TapCommand;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.FilePattern;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.gate.deployment.DeploySettings;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.lint.Finding;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.VersionedFolders;
import io.pharos.lint.rule.LabelValues;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.lint.rule.RuleLint;
import io.pharos.lint.tree.TargetLint;
import io.pharos.lint.tree.TreeContext;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.lint.MigrationFinding;
import io.pharos.migration.lint.MigrationLint;
import io.pharos.probe.ProbeFile;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.rules.RuleFile;
import io.pharos.rules.slo.Slo;
import io.pharos.rules.slo.SloFile;
import io.pharos.rules.test.RuleTest;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import io.pharos.template.TemplateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Every versioned file, read as the service would read it, and the problems found. A problem that
/// several files share is reported once.
final class CheckedFiles {
  private static final String[] YAML = {".yml", ".yaml"};

  private final Map<String, Problem> problems = new LinkedHashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final TreeContext tree;
  private LabelValues known = LabelValues.NONE;
  private LabelValues.@Nullable Entry paths;
  private int count;

  private CheckedFiles(Flags flags, Set<Feature> features, ParsedFileCache readings) {
    ParserOptions language = Feature.parserOptions(features);
    Path config = Path.of(flags.get("config.file"));
    Path notifications = Path.of(flags.get("notifications.file"));
    Optional<PrometheusConfig> prometheus = attempt(() -> PrometheusConfig.read(config));
    var inFolder = new ArrayList<>(files(flags.get("rules.dir"), YAML));
    Path own = Path.of(flags.get("rules.dir")).resolve(PrometheusConfig.OWN_RULES);
    inFolder.addAll(files(own.toString(), YAML));
    Path ofLines = Path.of(flags.get("rules.dir")).resolve(PrometheusConfig.LOG_RULES);
    var logRules = new ArrayList<>(files(ofLines.toString(), YAML));
    prometheus.ifPresent(known -> addMissing(logRules, logRuleFiles(known)));
    var rules = new ArrayList<>(inFolder);
    prometheus.ifPresent(known -> addMissing(rules, ruleFiles(known)));
    var sources = new ArrayList<RuleLint.Source>();
    for (Path file : rules) {
      attempt(() -> readRules(file, language, readings)).ifPresent(sources::add);
    }
    for (Path file : logRules) {
      attempt(() -> readLogRules(file, readings)).ifPresent(sources::add);
    }
    var allTests = new ArrayList<>(files(flags.get("tests.dir"), YAML));
    Path logTests = Path.of(flags.get("tests.dir")).resolve("loki");
    if (Files.isDirectory(logTests)) {
      allTests.addAll(files(logTests.toString(), YAML));
    }
    List<Path> tests =
        good(allTests, file -> RuleTest.read(file, features, new TestReading(readings, language)));
    Optional<AlertmanagerConfig> receivers = receivers(notifications, prometheus);
    receivers.ifPresent(known -> templates(notifications, known));
    List<Path> targets = good(targetFiles(prometheus), TargetLint::read);
    List<Path> allSlos = files(flags.get(SloCommand.FOLDER.name()), YAML);
    List<Path> _ = goodTogether(allSlos, () -> objectives(allSlos, flags));
    List<Path> allProbes = files(flags.get("probes.dir"), YAML);
    List<Path> probes = goodTogether(allProbes, () -> ProbeFile.readAll(allProbes));
    List<Path> allGates = files(flags.get("gates.dir"), YAML);
    List<Path> gates = goodTogether(allGates, () -> GatePolicy.FILES.readAll(allGates));
    optionalFiles(flags);
    rollouts(files(flags.get("rollouts.dir"), YAML), gates, gates.size() == allGates.size());
    migrations(files(flags.get(MigrateBackendCommand.FOLDER.name()), ".sql"));
    List<Path> _ = good(files(flags.get("env.dir"), ".env"), DeploySettings::read);
    List<Path> allBoards = files(flags.get("dashboards.dir"), ".json");
    List<Path> boards = good(allBoards, TargetLint::json);
    var provisioning = new ArrayList<Path>();
    for (String folder : List.of("dashboards", "datasources")) {
      Path path = Path.of(flags.get("dashboards.dir")).resolve("provisioning").resolve(folder);
      provisioning.addAll(good(files(path.toString(), YAML), YamlFile::read));
    }
    tree =
        new TreeContext(
            config,
            prometheus,
            notifications,
            receivers,
            sources,
            sources.size() == rules.size() + logRules.size(),
            inFolder,
            tests,
            targets,
            probes,
            probes.size() == allProbes.size(),
            gates,
            boards,
            boards.size() == allBoards.size(),
            provisioning,
            Path.of(flags.get("compose.file")));
  }

  private void optionalFiles(Flags flags) {
    var _ = optional(flags, ServeFlags.CALLBACKS, CallbackFile::read);
    var _ = optional(flags, ServeFlags.LOGINS, LoginFile::read);
    var _ = optional(flags, ServeFlags.FLEET, FleetFile::read);
    Path routes = Path.of(flags.get(TapCommand.ROUTES.name()));
    optional(flags, TapCommand.ROUTES, RoutesFile::read)
        .ifPresent(table -> paths = paths(table, routes));
    known = optional(flags, CheckCommand.VALUES, LabelValues::read).orElse(LabelValues.NONE);
  }

  /// Reads the file of a flag if it exists.
  private <T> Optional<T> optional(Flags flags, Flag flag, Function<Path, T> reader) {
    return flags
        .path(flag.name())
        .filter(Files::exists)
        .flatMap(it -> attempt(() -> reader.apply(it)));
  }

  /// @param complete whether all gate policies are valid
  private void rollouts(List<Path> files, List<Path> gates, boolean complete) {
    List<Path> _ =
        goodTogether(
            files,
            () -> {
              PolicySet<RolloutPolicy> rollouts = RolloutPolicy.FILES.readAll(files);
              if (complete) {
                requireGates(rollouts, files, GatePolicy.FILES.readAll(gates));
              }
            });
  }

  /* Users who come from a Prometheus need no notification file: it is empty then, or a finding says
   * that alerts reach nobody. */
  private Optional<AlertmanagerConfig> receivers(
      Path notifications, Optional<PrometheusConfig> prometheus) {
    if (notifications.toString().isEmpty()
        || (!Files.exists(notifications)
            && prometheus
                .filter(config -> config.alerting().alertmanagers().isEmpty())
                .isPresent())) {
      return Optional.empty();
    }
    return attempt(() -> Channels.load(notifications));
  }

  /* All paths of the tap's metrics are known. */
  private static LabelValues.Entry paths(RouteTable table, Path file) {
    var paths = new TreeSet<String>();
    table.patterns().forEach(pattern -> paths.add(pattern.path()));
    paths.add(RouteTable.UNKNOWN);
    return new LabelValues.Entry("pharos_tap_*", "path", List.copyOf(paths), file.toString());
  }

  private void objectives(List<Path> files, Flags flags) {
    List<Slo> slos = SloFile.readAll(files);
    if (!slos.isEmpty()) {
      SloCommand.difference(slos, Path.of(flags.get("rules.dir"))).ifPresent(this::add);
    }
  }

  private record TestReading(ParsedFileCache readings, ParserOptions language)
      implements RuleTest.Reading {
    @Override
    public YamlMap yaml(Path file) {
      return readings.yaml(file);
    }

    @Override
    public RuleFile rules(Path file) {
      return readings.rules(file.toString(), ParsedFileCache.text(file), language);
    }

    @Override
    public RuleFile logRules(Path file) {
      return readings.logRules(file.toString(), ParsedFileCache.text(file));
    }
  }

  /// Reads the files that the flags of `check` name.
  static CheckedFiles read(Flags flags, Set<Feature> features, ParsedFileCache readings) {
    return new CheckedFiles(flags, features, readings);
  }

  /// The errors, by file and line.
  List<Problem> problems() {
    return problems.values().stream()
        .sorted(comparing(Problem::file).thenComparingInt(Problem::line))
        .toList();
  }

  /// Findings in files that are valid.
  List<Finding> findings() {
    return findings;
  }

  TreeContext tree() {
    return tree;
  }

  /// The known values of labels: of the tap from its routes, of others from their file.
  LabelValues values() {
    LabelValues.Entry tap = paths;
    return tap == null ? known : new LabelValues(List.of(tap)).with(known.all());
  }

  /// The number of files read.
  int count() {
    return count;
  }

  private <T> Optional<T> attempt(Supplier<T> reading) {
    count++;
    try {
      return Optional.of(reading.get());
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return Optional.empty();
    }
  }

  /* A unit test reads its rule file again and reports the same problems under another path. */
  private void add(Problem problem) {
    Path file = Path.of(problem.file()).toAbsolutePath().normalize();
    problems.putIfAbsent(file + ":" + problem.line() + ":" + problem.message(), problem);
  }

  /// Reads migrations: invalid ones are problems, the others may have findings.
  private void migrations(List<Path> paths) {
    var migrations = new ArrayList<MigrationFile>();
    List<Path> _ = goodTogether(paths, () -> migrations.addAll(MigrationFile.readAll(paths)));
    MigrationLint.problems(migrations).forEach(this::add);
    for (MigrationFile file : migrations) {
      for (MigrationFinding remark : MigrationLint.check(file)) {
        if (!remark.isError() || !remark.allowed().isEmpty()) {
          findings.add(
              new Finding(
                  remark.file(),
                  remark.line(),
                  remark.allowed().isEmpty() ? FindingSeverity.WARNING : FindingSeverity.INFO,
                  LintCheck.MIGRATIONS_STATEMENT,
                  remark.message()));
        }
      }
    }
  }

  private interface Reading {
    void read(Path file);
  }

  /// The valid files.
  private List<Path> good(List<Path> files, Reading reading) {
    var good = new ArrayList<Path>();
    for (Path file : files) {
      count++;
      try {
        reading.read(file);
        good.add(file);
      } catch (ConfigException e) {
        e.problems().forEach(this::add);
      }
    }
    return good;
  }

  /// Like [#good], for files that are read together.
  private List<Path> goodTogether(List<Path> files, Runnable reading) {
    count += files.size();
    try {
      reading.run();
      return files;
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return files.stream()
          .filter(file -> e.problems().stream().noneMatch(it -> it.file().equals(file.toString())))
          .toList();
    }
  }

  /* A rollout without a gate policy would never shift traffic. */
  private static void requireGates(
      PolicySet<RolloutPolicy> rollouts, List<Path> files, PolicySet<GatePolicy> gates) {
    var missing = new ArrayList<Problem>();
    for (RolloutPolicy policy : rollouts.all()) {
      if (gates.find(policy.service(), policy.env()).isEmpty()) {
        Path file =
            files.stream()
                .filter(it -> String.valueOf(it.getFileName()).startsWith(policy.id() + "."))
                .findFirst()
                .orElseThrow();
        missing.add(
            new Problem(
                file.toString(),
                YamlFile.read(file).line("env"),
                0,
                policy.service()
                    + " in "
                    + policy.env()
                    + " has no gate policy, which its rollouts need: expected one in --gates.dir"));
      }
    }
    if (!missing.isEmpty()) {
      throw new ConfigException(missing);
    }
  }

  private List<Path> files(String folder, String... suffixes) {
    try {
      return VersionedFolders.files(Path.of(folder), suffixes);
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return List.of();
    }
  }

  /// The rule files that exist; missing ones are a finding about the configuration.
  private static List<Path> ruleFiles(PrometheusConfig config) {
    return existing(config.ruleFiles(), PrometheusConfig::expandRuleFiles);
  }

  private static List<Path> logRuleFiles(PrometheusConfig config) {
    return existing(config.ruleFiles(), PrometheusConfig::expandLogRuleFiles);
  }

  private interface Expansion {
    List<Path> of(String pattern) throws IOException;
  }

  private static List<Path> existing(List<String> patterns, Expansion expansion) {
    var files = new LinkedHashSet<Path>();
    for (String pattern : patterns) {
      try {
        expansion.of(pattern).stream().filter(Files::exists).forEach(files::add);
      } catch (IOException _) {
        // An unreadable folder counts as empty.
      }
    }
    return List.copyOf(files);
  }

  private static List<Path> targetFiles(Optional<PrometheusConfig> config) {
    List<String> patterns =
        config.stream()
            .flatMap(known -> known.scrapeConfigs().stream())
            .flatMap(job -> job.fileSdConfigs().stream())
            .flatMap(discovery -> discovery.files().stream())
            .toList();
    return existing(patterns, FilePattern::expand);
  }

  private static void addMissing(List<Path> rules, List<Path> configured) {
    for (Path file : configured) {
      Path plain = file.toAbsolutePath().normalize();
      if (rules.stream().noneMatch(it -> it.toAbsolutePath().normalize().equals(plain))) {
        rules.add(file);
      }
    }
  }

  private static RuleLint.Source readRules(
      Path file, ParserOptions language, ParsedFileCache readings) {
    var source = new RuleLint.Source(file.toString(), ParsedFileCache.text(file));
    readings.rules(source.name(), source.text(), language);
    return source;
  }

  private static RuleLint.Source readLogRules(Path file, ParsedFileCache readings) {
    var source = new RuleLint.Source(file.toString(), ParsedFileCache.text(file), true);
    readings.logRules(source.name(), source.text());
    return source;
  }

  private void templates(Path file, AlertmanagerConfig config) {
    try {
      MessageTemplates templates = MessageTemplates.load(config);
      for (BadText bad : TemplateCheck.problems(config, templates)) {
        Place at = place(file, bad);
        add(new Problem(at.file(), at.line(), 0, bad.toString()));
      }
      for (BadText bad : TemplateCheck.undefined(config, templates)) {
        Place at = place(file, bad);
        findings.add(
            new Finding(
                at.file(),
                at.line(),
                FindingSeverity.WARNING,
                LintCheck.NOTIFY_TEMPLATE,
                bad.toString()));
      }
    } catch (IOException | TemplateException e) {
      add(new Problem(file.toString(), 0, 0, "templates: " + e.getMessage()));
    }
  }

  private record Place(String file, int line) {}

  /// The position of a text; of its integration when the text is a default.
  private static Place place(Path file, BadText bad) {
    for (Path one : List.of(file, file.resolveSibling(AlertmanagerConfig.PHAROS_FILE))) {
      if (!Files.exists(one)) {
        continue;
      }
      for (YamlValue receiver :
          YamlFile.read(one).get("receivers").map(YamlValue::asList).orElse(List.of())) {
        YamlMap map = receiver.asMap();
        List<YamlValue> configs =
            map.get(bad.type() + "_configs").map(YamlValue::asList).orElse(List.of());
        if (map.string("name", "").equals(bad.receiver()) && bad.index() < configs.size()) {
          YamlValue integration = configs.get(bad.index());
          int line =
              integration
                  .asMap()
                  .get(bad.key())
                  .filter(YamlValue::isScalar)
                  .map(text -> text.lineOf(bad.row(), bad.column()))
                  .orElse(integration.line());
          return new Place(one.toString(), line);
        }
      }
    }
    return new Place(file.toString(), 0);
  }
}
