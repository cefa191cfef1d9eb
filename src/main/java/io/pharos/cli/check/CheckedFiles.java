package io.pharos.cli.check;

import static java.util.Comparator.comparing;

import io.pharos.access.People;
import io.pharos.alerting.Channels;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.TemplateCheck;
import io.pharos.alerting.message.TemplateCheck.BadText;
import io.pharos.callback.CallbackFile;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ProgressLine;
import io.pharos.cli.migrate.MigrateBackendCommand;
import io.pharos.cli.serve.AccessOptions;
import io.pharos.cli.serve.ServeFlags;
import io.pharos.cli.serve.ServeOptions;
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
import io.pharos.migration.lint.MigrationLint;
import io.pharos.migration.lint.MigrationLint.MigrationFinding;
import io.pharos.oncall.schedule.OnCallFile;
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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads every versioned file as the service would read it, and collects the problems. A problem
/// that is found through several files is reported once.
final class CheckedFiles {
  private static final String[] YAML = {".yml", ".yaml"};

  private final Map<String, Problem> problems = new LinkedHashMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private final Flags flags;
  private final Set<Feature> features;
  private final ParserOptions language;
  private final ParsedFileCache readings;
  private final TreeContext tree;
  private final Optional<CheckedOnCall> onCall;
  private LabelValues knownValues = LabelValues.NONE;
  private LabelValues.@Nullable Entry paths;
  private final ProgressLine progress;
  private int count;

  /// Reads the files that the flags of `check` name.
  CheckedFiles(
      Flags flags, Set<Feature> features, ParsedFileCache readings, ProgressLine progress) {
    this.progress = progress;
    this.flags = flags;
    this.features = features;
    this.readings = readings;
    language = Feature.parserOptions(features);
    Path config = path("config.file");
    Path notifications = path("notifications.file");
    Optional<PrometheusConfig> prometheus = tryRead(() -> PrometheusConfig.read(config));
    List<String> patterns = prometheus.map(PrometheusConfig::ruleFiles).orElse(List.of());
    Path folder = path("rules.dir");
    var inFolder = new ArrayList<>(files(folder, YAML));
    inFolder.addAll(files(folder.resolve(PrometheusConfig.OWN_RULES), YAML));
    var logRules = new ArrayList<>(files(folder.resolve(PrometheusConfig.LOG_RULES), YAML));
    addMissing(logRules, existing(patterns, PrometheusConfig::expandLogRuleFiles));
    var rules = new ArrayList<>(inFolder);
    addMissing(rules, existing(patterns, PrometheusConfig::expandRuleFiles));
    var sources = new ArrayList<RuleLint.Source>();
    rules.forEach(file -> tryRead(() -> readRules(file)).ifPresent(sources::add));
    logRules.forEach(file -> tryRead(() -> readLogRules(file)).ifPresent(sources::add));
    List<Path> tests = tests();
    Optional<AlertmanagerConfig> receivers = receivers(notifications, prometheus);
    receivers.ifPresent(loaded -> templates(notifications, loaded));
    List<Path> targets = valid(targetFiles(prometheus), TargetLint::read);
    ValidFiles objectives = readTogether(SloCommand.FOLDER.name(), this::objectives);
    ValidFiles probes = readTogether("probes.dir", ProbeFile::readAll);
    ValidFiles gates = readTogether("gates.dir", GatePolicy.FILES::readAll);
    onCall = onCall(notifications, receivers, optionalFiles());
    var _ = readTogether("rollouts.dir", files -> rollouts(files, gates));
    migrations();
    List<Path> _ = valid(files(path("env.dir"), ".env"), DeploySettings::read);
    Path dashboards = path("dashboards.dir");
    List<Path> allBoards = files(dashboards, ".json");
    List<Path> boards = valid(allBoards, TargetLint::json);
    var provisioning = new ArrayList<Path>();
    for (String kind : List.of("provisioning/dashboards", "provisioning/datasources")) {
      provisioning.addAll(valid(files(dashboards.resolve(kind), YAML), YamlFile::read));
    }
    tree =
        new TreeContext(
            config,
            prometheus,
            notifications,
            receivers,
            onCall.map(CheckedOnCall::ways).orElse(Set.of()),
            sources,
            sources.size() == rules.size() + logRules.size(),
            inFolder,
            tests,
            targets,
            probes.valid(),
            probes.isComplete(),
            gates.valid(),
            objectives.valid(),
            boards,
            boards.size() == allBoards.size(),
            provisioning,
            path("compose.file"));
  }

  private Path path(String flag) {
    return Path.of(flags.get(flag));
  }

  private List<Path> tests() {
    var all = new ArrayList<>(files(path("tests.dir"), YAML));
    Path logTests = path("tests.dir").resolve("loki");
    if (Files.isDirectory(logTests)) {
      all.addAll(files(logTests, YAML));
    }
    return valid(all, file -> RuleTest.read(file, features, new TestReading(readings, language)));
  }

  private People optionalFiles() {
    var _ = optional(ServeFlags.CALLBACKS, CallbackFile::read);
    var _ = optional(ServeFlags.LOGINS, LoginFile::read);
    var _ = optional(ServeFlags.FLEET, FleetFile::read);
    Path routes = path(TapCommand.ROUTES.name());
    optional(TapCommand.ROUTES, RoutesFile::read).ifPresent(table -> paths = paths(table, routes));
    knownValues = optional(CheckCommand.VALUES, LabelValues::read).orElse(LabelValues.NONE);
    return optional(AccessOptions.PEOPLE_FILE, People::read).orElse(People.NONE);
  }

  /// Returns the notifier's configuration as it reaches people: a policy has the integrations of
  /// its people.
  Optional<AlertmanagerConfig> reaching() {
    return tree.notifications().map(it -> onCall.map(plan -> plan.reaching(it)).orElse(it));
  }

  /// Checks who is on call.
  private Optional<CheckedOnCall> onCall(
      Path notifications, Optional<AlertmanagerConfig> receivers, People people) {
    Path file = OnCallFile.beside(notifications);
    if (notifications.toString().isEmpty() || !Files.exists(file)) {
      return Optional.empty();
    }
    Optional<CheckedOnCall> checked = tryRead(() -> CheckedOnCall.read(file, receivers, people));
    checked.ifPresent(
        it -> {
          it.gaps().forEach(this::add);
          findings.addAll(it.weakPolicies());
        });
    return checked;
  }

  /// Reads the file of a flag if it exists.
  private <T> Optional<T> optional(Flag flag, Function<Path, T> reader) {
    return flags
        .path(flag.name())
        .filter(Files::exists)
        .flatMap(file -> tryRead(() -> reader.apply(file)));
  }

  private void rollouts(List<Path> files, ValidFiles gates) {
    PolicySet<RolloutPolicy> rollouts = RolloutPolicy.FILES.readAll(files);
    if (gates.isComplete()) {
      RolloutGates.require(rollouts, files, GatePolicy.FILES.readAll(gates.valid()));
    }
  }

  /* Returns the configuration of notifications. The file may be missing for users who come from
   * Prometheus: the result is empty if prometheus.yml names no Alertmanager. */
  private Optional<AlertmanagerConfig> receivers(
      Path notifications, Optional<PrometheusConfig> prometheus) {
    if (notifications.toString().isEmpty()
        || (!Files.exists(notifications)
            && prometheus
                .filter(config -> config.alerting().alertmanagers().isEmpty())
                .isPresent())) {
      return Optional.empty();
    }
    return tryRead(() -> Channels.load(notifications, ServeOptions.texts(flags)));
  }

  /* Returns the values of the label `path` in the tap's metrics: the paths of its routes, and one
   * value for all other requests. */
  private static LabelValues.Entry paths(RouteTable table, Path file) {
    var paths = new TreeSet<String>();
    table.patterns().forEach(pattern -> paths.add(pattern.path()));
    paths.add(RouteTable.UNKNOWN);
    return new LabelValues.Entry("pharos_tap_*", "path", List.copyOf(paths), file.toString());
  }

  private void objectives(List<Path> files) {
    List<Slo> slos = SloFile.readAll(files);
    if (!slos.isEmpty()) {
      SloCommand.difference(slos, path("rules.dir")).ifPresent(this::add);
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
      return readings.rules(file.toString(), YamlFile.text(file), language);
    }

    @Override
    public RuleFile logRules(Path file) {
      return readings.logRules(file.toString(), YamlFile.text(file));
    }
  }

  /// Returns the errors, sorted by file and line.
  List<Problem> problems() {
    return CheckedHysteresis.added(problems.values(), tree, readings, language).stream()
        .sorted(comparing(Problem::file).thenComparingInt(Problem::line))
        .toList();
  }

  /// Returns findings in valid files.
  List<Finding> findings() {
    return findings;
  }

  TreeContext tree() {
    return tree;
  }

  /// Returns the known values of labels: those of the tap from its routes, all others from the file
  /// of known values.
  LabelValues values() {
    LabelValues.Entry tap = paths;
    return tap == null ? knownValues : new LabelValues(List.of(tap)).with(knownValues.all());
  }

  int count() {
    return count;
  }

  private <T> Optional<T> tryRead(Supplier<T> reading) {
    count++;
    progress.show(() -> "reading files: " + count);
    try {
      return Optional.of(reading.get());
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return Optional.empty();
    }
  }

  /* Adds a problem once: a unit test reads its rule file again and would report the same problem
   * under another spelling of the path. */
  private void add(Problem problem) {
    Path file = Path.of(problem.file()).toAbsolutePath().normalize();
    problems.putIfAbsent(file + ":" + problem.line() + ":" + problem.message(), problem);
  }

  private void add(
      String file, int line, FindingSeverity severity, LintCheck check, String message) {
    findings.add(new Finding(file, line, severity, check, message));
  }

  /// Reads the migrations. Invalid files are problems; valid files may have findings.
  private void migrations() {
    var migrations = new ArrayList<MigrationFile>();
    List<Path> paths = files(path(MigrateBackendCommand.FOLDER.name()), ".sql");
    List<Path> _ = validTogether(paths, files -> migrations.addAll(MigrationFile.readAll(files)));
    MigrationLint.problems(migrations).forEach(this::add);
    for (MigrationFile file : migrations) {
      for (MigrationFinding remark : MigrationLint.check(file)) {
        if (!remark.isError() || !remark.allowed().isEmpty()) {
          boolean warns = remark.allowed().isEmpty();
          FindingSeverity severity = warns ? FindingSeverity.WARNING : FindingSeverity.INFO;
          add(
              remark.file(),
              remark.line(),
              severity,
              LintCheck.MIGRATIONS_STATEMENT,
              remark.message());
        }
      }
    }
  }

  /// Returns the files that the reader accepts.
  private List<Path> valid(List<Path> files, Consumer<Path> reading) {
    return files.stream()
        .filter(
            file ->
                tryRead(
                        () -> {
                          reading.accept(file);
                          return file;
                        })
                    .isPresent())
        .toList();
  }

  /// The valid files among several files that are read together.
  ///
  /// @param isComplete whether all files are valid
  private record ValidFiles(List<Path> valid, boolean isComplete) {}

  private ValidFiles readTogether(String flag, Consumer<List<Path>> reading) {
    List<Path> all = files(path(flag), YAML);
    List<Path> valid = validTogether(all, reading);
    return new ValidFiles(valid, valid.size() == all.size());
  }

  /// Returns the files that are valid together: like [#valid], but one reader gets all files at
  /// once.
  private List<Path> validTogether(List<Path> files, Consumer<List<Path>> reading) {
    count += files.size();
    try {
      reading.accept(files);
      return files;
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return files.stream()
          .filter(
              file ->
                  e.problems().stream()
                      .noneMatch(problem -> problem.file().equals(file.toString())))
          .toList();
    }
  }

  private List<Path> files(Path folder, String... suffixes) {
    try {
      return VersionedFolders.files(folder, suffixes);
    } catch (ConfigException e) {
      e.problems().forEach(this::add);
      return List.of();
    }
  }

  private interface Expansion {
    List<Path> of(String pattern) throws IOException;
  }

  /// Returns the files that exist and match the patterns. Missing files are reported by another
  /// check, as a finding about the configuration.
  private static List<Path> existing(List<String> patterns, Expansion expansion) {
    var files = new LinkedHashSet<Path>();
    for (String pattern : patterns) {
      try {
        expansion.of(pattern).stream().filter(Files::exists).forEach(files::add);
      } catch (IOException _) {
        // An unreadable folder is treated as an empty one.
      }
    }
    return List.copyOf(files);
  }

  private static List<Path> targetFiles(Optional<PrometheusConfig> config) {
    List<String> patterns =
        config.stream()
            .flatMap(prometheus -> prometheus.scrapeConfigs().stream())
            .flatMap(job -> job.fileSdConfigs().stream())
            .flatMap(discovery -> discovery.files().stream())
            .toList();
    return existing(patterns, FilePattern::expand);
  }

  private static void addMissing(List<Path> rules, List<Path> configured) {
    for (Path file : configured) {
      Path plain = file.toAbsolutePath().normalize();
      if (rules.stream().noneMatch(rule -> rule.toAbsolutePath().normalize().equals(plain))) {
        rules.add(file);
      }
    }
  }

  private RuleLint.Source readRules(Path file) {
    var source = new RuleLint.Source(file.toString(), YamlFile.text(file));
    readings.rules(source.name(), source.text(), language);
    return source;
  }

  private RuleLint.Source readLogRules(Path file) {
    var source = new RuleLint.Source(file.toString(), YamlFile.text(file), true);
    readings.logRules(source.name(), source.text());
    return source;
  }

  private void templates(Path file, AlertmanagerConfig config) {
    try {
      MessageTemplates templates = MessageTemplates.load(config);
      for (BadText bad : TemplateCheck.problems(config, templates)) {
        Place place = place(file, bad);
        add(new Problem(place.file(), place.line(), 0, bad.toString()));
      }
      var warned = new ArrayList<>(TemplateCheck.undefined(config, templates));
      warned.addAll(TemplateCheck.unknownFields(config, templates));
      for (BadText bad : warned) {
        Place place = place(file, bad);
        add(
            place.file(),
            place.line(),
            FindingSeverity.WARNING,
            LintCheck.NOTIFY_TEMPLATE,
            bad.toString());
      }
      for (TemplateException error : templates.unknownFields()) {
        String templateFile =
            config.templates().stream()
                .map(glob -> Path.of(glob).resolveSibling(error.template()))
                .filter(Files::exists)
                .findFirst()
                .orElse(file)
                .toString();
        add(
            templateFile,
            error.line(),
            FindingSeverity.WARNING,
            LintCheck.NOTIFY_TEMPLATE,
            String.valueOf(error.getMessage()));
      }
    } catch (IOException | TemplateException e) {
      add(new Problem(file.toString(), 0, 0, "templates: " + e.getMessage()));
    }
  }

  private record Place(String file, int line) {}

  /// Returns the place of an invalid text. For a default, which no file contains, this is the place
  /// of the integration that uses it.
  private static Place place(Path file, BadText bad) {
    for (Path configFile : List.of(file, file.resolveSibling(AlertmanagerConfig.PHAROS_FILE))) {
      if (!Files.exists(configFile)) {
        continue;
      }
      for (YamlValue receiver :
          YamlFile.read(configFile).get("receivers").map(YamlValue::asList).orElse(List.of())) {
        YamlMap map = receiver.asMap();
        List<YamlValue> configs =
            map.get(bad.type() + "_configs").map(YamlValue::asList).orElse(List.of());
        if (map.string("name", "").equals(bad.receiver()) && bad.index() < configs.size()) {
          YamlValue integration = configs.get(bad.index());
          int line =
              bad.find(integration.asMap())
                  .filter(YamlValue::isScalar)
                  .map(text -> text.lineOf(bad.row(), bad.column()))
                  .orElse(integration.line());
          return new Place(configFile.toString(), line);
        }
      }
    }
    return new Place(file.toString(), 0);
  }
}
