package io.pharos.adopt.init;

import static java.util.Objects.requireNonNull;

import io.pharos.adopt.init.RequestMetrics.Requests;
import io.pharos.adopt.init.ServiceFiles.PageTraits;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.scrape.TrialScrape;
import io.pharos.model.Quoted;
import io.pharos.probe.ProbeFile;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Plans the first files of a service from its metrics page. [PendingFiles#apply] then writes them.
public final class Onboarding {
  private static final String CONFIG = "prometheus/prometheus.yml";
  private static final String NOTIFICATIONS = "notifications/alertmanager.yml";

  /// The result of the planning.
  public sealed interface Plan {
    /// The files can be written.
    ///
    /// @param found lines about the metrics that were found on the page
    /// @param notes sentences about missing things and their consequences
    /// @param seen all metrics of the page, one line each, if a person must name some
    /// @param proposal the metrics that a person may mean
    record Ready(
        PendingFiles project,
        List<String> found,
        List<String> notes,
        List<String> seen,
        NamedMetrics proposal)
        implements Plan {
      public Ready {
        found = List.copyOf(found);
        notes = List.copyOf(notes);
        seen = List.copyOf(seen);
      }
    }

    /// No file can be written.
    record Refused(List<String> reason) implements Plan {
      public Refused {
        reason = List.copyOf(reason);
      }
    }
  }

  private static final String SETTINGS = "pharos.env";
  private static final String OWN_RULES = "alert-rules/pharos.yml";

  private final NewService service;
  private final boolean force;
  private final Path installation;
  private final InstantSource clock;
  private final List<String> found = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private Optional<Exporter.Pack> pack = Optional.empty();
  private List<String> seen = List.of();
  private NamedMetrics proposal = NamedMetrics.NONE;
  private final PendingFiles project;

  /// Creates an instance; [#plan] reads the page.
  ///
  /// @param force whether existing files of the service may be replaced
  /// @param installation the folder of Pharos, from which the rules about Pharos itself are copied
  public Onboarding(NewService service, boolean force, Path installation, InstantSource clock) {
    this.service = service;
    this.force = force;
    this.installation = installation;
    this.clock = clock;
    project = new PendingFiles(service.folder());
  }

  /// Reads the metrics page and the existing files, and plans which files to write.
  ///
  /// @throws ConfigException when existing files are invalid
  /// @throws IOException when files are unreadable
  public Plan plan() throws IOException, InterruptedException {
    String before = project.current(CONFIG);
    Optional<PrometheusConfig> config = Optional.ofNullable(before).map(text -> parse(text));
    boolean jobExists =
        config.stream()
            .flatMap(existing -> existing.scrapeConfigs().stream())
            .anyMatch(job -> job.jobName().equals(service.job()));
    if (jobExists && !force) {
      return new Plan.Refused(
          List.of(
              "the job %s exists in %s already; nothing was written."
                  .formatted(service.job(), CONFIG),
              "--force replaces its scrape job, rules, tests, target, probe, dashboard, gate and runbook;"
                  + " another --job adds another service."));
    }
    // The probe runs before the page is read, because a service without requests may not expose
    // request metrics.
    TrialProbe probed = TrialProbe.run(service, trialFiles(), clock);
    found.addAll(probed.found());
    notes.addAll(probed.notes());
    TrialScrape.Answer answer;
    try {
      answer = TrialScrape.get(trialJob(), service.address());
    } catch (IOException e) {
      return new Plan.Refused(unreachable(String.valueOf(e.getMessage())));
    }
    Optional<Format> promised = Format.of(answer.contentType());
    PageSurvey page;
    try {
      page = PageSurvey.of(answer.body(), answer.length(), promised.orElse(Format.TEXT));
    } catch (ExpositionException e) {
      return new Plan.Refused(
          List.of(
              answer.url() + " is not a metrics page: " + e.getMessage(),
              "(Content-Type: " + Quoted.of(answer.contentType()) + ")"));
    }
    if (page.series() == 0) {
      return new Plan.Refused(List.of(answer.url() + " has no metrics"));
    }
    found.add("page        " + answer.url() + ": " + page.size());
    List<Convention> conventions = Convention.all();
    RequestMetrics metrics =
        Detection.find(page, conventions, service.leftOutPaths(), NamedMetrics.NONE);
    PageMetrics all = PageMetrics.of(page);
    NamedMetrics named = service.named();
    Optional<String> wrong = named.problem(page, all, metrics.requests().map(Requests::metric));
    if (wrong.isPresent()) {
      return new Plan.Refused(List.of(wrong.get(), "nothing was written."));
    }
    if (!named.isEmpty()) {
      metrics = Detection.find(page, conventions, service.leftOutPaths(), named);
    }
    found.addAll(metrics.report());
    notes.addAll(metrics.notes());
    watch(page, all, metrics);
    var traits = PageTraits.of(page, promised.isPresent());
    return plan(
        new ServiceFiles(service, metrics, traits, probed.code()), metrics, config, jobExists);
  }

  private Plan plan(
      ServiceFiles files,
      RequestMetrics metrics,
      Optional<PrometheusConfig> config,
      boolean jobExists)
      throws IOException {
    String job = service.job();
    String packRules = packRules(files);
    String rules = rules(files, packRules, config.isEmpty());
    List<String> refusal = List.of();
    if (config.isEmpty()) {
      startScraping(files);
    } else if (jobExists) {
      renewScraping(files);
    } else {
      refusal = extendScraping(files, config.get());
    }
    if (!refusal.isEmpty()) {
      return new Plan.Refused(refusal);
    }
    project.write(rulesFile(), rules);
    if (service.serving().tested()) {
      project.write("alert-rules/tests/" + job + "_test.yml", files.of("tests.yml"));
    }
    if (service.probe().isPresent()) {
      String fileName = job + ".yml";
      List<Path> others =
          yaml(service.folder().resolve("probes")).stream()
              .filter(file -> !file.endsWith(fileName))
              .toList();
      if (ProbeFile.readAll(others).stream().anyMatch(probe -> probe.name().equals(job))) {
        return new Plan.Refused(
            List.of("probes/ has a probe named " + job + " already; nothing was written."));
      }
      project.write("probes/" + fileName, files.of("probe.yml"));
    }
    receivers(files);
    if (pack.isPresent()) {
      shipped(pack.get(), packRules);
    } else {
      gate(files);
      project.write("dashboards/" + job + ".json", new ServiceDashboard(service, metrics).text());
    }
    project.write("docs/runbooks/" + job + ".md", files.of("runbook.md"));
    List<Path> replaced =
        project.changes().stream()
            .filter(change -> change.fate() == PendingFiles.Fate.REPLACED)
            .map(PendingFiles.Change::path)
            .toList();
    if (!replaced.isEmpty() && !force) {
      var lines = new ArrayList<>(replaced.stream().map(path -> "  " + path).toList());
      lines.addFirst("these files exist already with other text; nothing was written:");
      lines.add("--force replaces these files.");
      return new Plan.Refused(lines);
    }
    return new Plan.Ready(project, found, notes, seen, proposal);
  }

  private String rulesFile() {
    return "alert-rules/" + service.job() + ".yml";
  }

  /* The rules about the service, and the shipped ones that no other file of the folder has: those
   * of the pack, and with the first service those about Pharos. */
  private String rules(ServiceFiles files, String packRules, boolean isFirst) throws IOException {
    String text = files.rules();
    Path own = installation.resolve(OWN_RULES);
    if (String.valueOf(project.current(rulesFile())).contains("alert: Watchdog\n")
        || (isFirst && project.current(OWN_RULES) == null && Files.isReadable(own))) {
      text = ServiceFiles.withGroups(text, files.ownRules(Files.readString(own)));
    }
    return pack.isEmpty() || project.current(pack.get().rulesFile()) != null
        ? text
        : ServiceFiles.withGroups(text, packRules);
  }

  /// Plans the first Prometheus configuration of a new folder.
  private void startScraping(ServiceFiles files) throws IOException {
    project.write(CONFIG, files.prometheus());
    if (service.serving().isUnusual()) {
      String text = files.of("pharos.env");
      boolean hasTexts = project.current(NOTIFICATIONS) != null;
      settings(hasTexts ? text.replaceFirst("(?m)^PHAROS_NOTIF.*\n", "") : text);
    }
  }

  /* The shipped rules for the job; empty without a pack. */
  private String packRules(ServiceFiles files) throws IOException {
    if (pack.isEmpty()) {
      return "";
    }
    Path shipped = installation.resolve(pack.get().rulesFile());
    String rules = files.translated(pack.get().rulesFor(service.job(), Files.readString(shipped)));
    String routes = Files.readString(installation.resolve(NOTIFICATIONS));
    files.use(pack.get(), Exporter.Pack.inhibitions(rules, routes));
    return rules;
  }

  /// Plans the shipped dashboard of an exporter, and renews a file of its shipped rules.
  private void shipped(Exporter.Pack used, String rules) throws IOException {
    if (project.current(used.rulesFile()) != null) {
      project.write(used.rulesFile(), rules);
    }
    String dashboard = Files.readString(installation.resolve(used.dashboardFile()));
    project.write(used.dashboardFile(), used.dashboardFor(rules, dashboard));
  }

  /* Adds the settings to the file that systemd reads too, unless it has them. */
  private void settings(String text) throws IOException {
    String existing = project.current(SETTINGS);
    if (existing == null) {
      project.write(SETTINGS, text);
    } else if (!existing.matches("(?s)(.*\\n)?PHAROS_WEB_LISTEN_ADDRESS=.*")) {
      project.extend(SETTINGS, existing + text.substring(text.indexOf('\n') + 1));
    }
  }

  /// Replaces the existing scrape job by the new scrape job, because the address of the page may
  /// have changed.
  private void renewScraping(ServiceFiles files) throws IOException {
    String text = requireNonNull(project.current(CONFIG));
    Optional<String> changed =
        ListInsertion.replacing(
            CONFIG, text, "scrape_configs", "job_name", service.job(), files.scrapeJob());
    if (changed.isPresent()) {
      parse(changed.get());
      project.change(CONFIG, changed.get());
    } else {
      notes.add(
          "%s is unchanged, because init can't edit its layout. Change the job of the service to:\n\n%s"
              .formatted(CONFIG, files.scrapeJob()));
    }
  }

  /// Adds the scrape job and the rule file to the existing configuration.
  ///
  /// @return lines that say why the configuration can't be extended; empty if it was extended
  private List<String> extendScraping(ServiceFiles files, PrometheusConfig config)
      throws IOException {
    String text = requireNonNull(project.current(CONFIG));
    Optional<String> changed =
        ListInsertion.into(CONFIG, text, "scrape_configs", "\n" + files.scrapeJob());
    String rules = "  - ../" + rulesFile() + "\n";
    boolean covered = config.ruleFiles().stream().anyMatch(this::coversRules);
    if (!covered) {
      changed = changed.flatMap(now -> ListInsertion.into(CONFIG, now, "rule_files", rules));
    }
    if (changed.isPresent()) {
      parse(changed.get());
      project.extend(CONFIG, changed.get());
      return List.of();
    }
    String ruleFilesAdvice =
        covered ? "" : "\nand this at the end of rule_files:\n\n" + rules.stripTrailing() + "\n";
    return """
        %s can't be extended, because init can't edit its layout;
        nothing was written. Add this at the end of scrape_configs:

        %s
        %s
        then run init again with --force for the other files."""
        .formatted(CONFIG, files.scrapeJob().stripTrailing(), ruleFilesAdvice)
        .lines()
        .toList();
  }

  private boolean coversRules(String pattern) {
    Path rules = service.folder().resolve(rulesFile()).toAbsolutePath();
    String absolute =
        Path.of(pattern.replace('*', 'x')).isAbsolute()
            ? pattern
            : Path.of("").toAbsolutePath() + "/" + pattern;
    return FileSystems.getDefault()
        .getPathMatcher("glob:" + Path.of(absolute).normalize())
        .matches(rules.normalize());
  }

  private void receivers(ServiceFiles files) throws IOException {
    String existing = project.current(NOTIFICATIONS);
    if (existing == null) {
      project.write(NOTIFICATIONS, files.alertmanager());
      // Without this file or the setting, messages have Alertmanager's texts.
      if (!project.hasPlan(SETTINGS)) {
        project.writeIfAbsent("notifications/pharos.yml", files.of("pharos.yml"));
      }
      if (service.receivers().nobody()) {
        notes.add(
            "Alerts are not sent to anybody yet: add a receiver to "
                + NOTIFICATIONS
                + ", or run init again in an empty folder with --mail=ADDRESS --smtp=HOST:PORT.");
      }
      return;
    }
    if (!service.receivers().nobody()) {
      notes.add(
          NOTIFICATIONS
              + " exists already, so --mail, --smtp and --slack-webhook-file are not used: its"
              + " routes choose the receivers.");
    }
    if (existing.contains("ServiceDown")) {
      return;
    }
    Optional<String> changed =
        ListInsertion.into(NOTIFICATIONS, existing, "inhibit_rules", files.inhibitions());
    if (changed.isPresent()) {
      project.extend(NOTIFICATIONS, changed.get());
    } else {
      notes.add(
          ("%s can't be extended. To get one notification per cause, add this at the end of"
                  + " its inhibit_rules:\n\n%s")
              .formatted(NOTIFICATIONS, files.inhibitions()));
    }
  }

  private void gate(ServiceFiles files) throws IOException {
    Path folder = service.folder().resolve("gates");
    String path = "gates/" + service.job() + ".yml";
    List<Path> others =
        yaml(folder).stream().filter(file -> !file.endsWith(service.job() + ".yml")).toList();
    if (GatePolicy.FILES.readAll(others).find(service.job(), "production").isPresent()) {
      notes.add(
          "gates/ has a policy for " + service.job() + " in production already; it is unchanged.");
      return;
    }
    project.write(path, files.of("gate.yml"));
  }

  private static List<Path> yaml(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
          .sorted()
          .toList();
    }
  }

  private PrometheusConfig parse(String text) {
    Path directory = service.folder().resolve("prometheus");
    return PrometheusConfig.parse(
        service.folder().resolve(CONFIG).toString(), text, directory, Map.of());
  }

  /// Returns the scrape job by which the page is fetched for this plan.
  private ScrapeConfig trialJob() {
    return parse("scrape_configs:\n" + trialFiles().scrapeJob()).scrapeConfigs().getFirst();
  }

  private ServiceFiles trialFiles() {
    var nothing = new RequestMetrics(Optional.empty(), Optional.empty(), List.of());
    return new ServiceFiles(service, nothing, PageTraits.PLAIN, Optional.empty());
  }

  private List<String> unreachable(String reason) {
    var lines = new ArrayList<String>();
    lines.add("the metrics page is unreadable: " + reason);
    if (reason.contains("HTTP status 404")) {
      lines.add(
          "common paths: /metrics, /actuator/prometheus (Spring Boot), /q/metrics (Quarkus),"
              + " /stats/prometheus (Envoy)");
    }
    if (reason.contains("HTTP status 401") || reason.contains("HTTP status 403")) {
      lines.add("set --token-file=FILE, or --username=NAME --password-file=FILE");
    }
    return lines;
  }

  /* Uses the shipped pack of an exporter, or proposes names for what was not found. Names that look
   * like requests are asked for, unless a pack watches the page. */
  private void watch(PageSurvey page, PageMetrics all, RequestMetrics metrics) {
    boolean countsFailures = metrics.requests().flatMap(Requests::failure).isPresent();
    Optional<Exporter> exporter =
        Exporter.of(page)
            .filter(
                it ->
                    it.pack().isPresent()
                        || (!countsFailures
                            && all.proposal(Optional.empty()).requests().isEmpty()));
    pack = countsFailures ? Optional.empty() : exporter.flatMap(Exporter::pack);
    List<String> watched = WatchedMetrics.of(page).alerts();
    if (!watched.isEmpty()) {
      found.add("alerts      " + String.join(", ", watched));
    }
    if (exporter.isPresent()) {
      recognised(exporter.get(), !watched.isEmpty());
    } else {
      propose(all, metrics);
    }
  }

  /* Reports the exporter. What is known about requests is of no use if its pack is used. */
  private void recognised(Exporter exporter, boolean isWatched) {
    found.add("exporter    " + exporter.name() + " (" + exporter.metric() + ")");
    if (isWatched) {
      notes.removeIf(note -> note.startsWith("No "));
      return;
    }
    boolean isService = pack.isEmpty() && exporter.pack().isPresent();
    if (isService) {
      notes.add(
          "%s of Pharos also has rules about the servers behind %s."
              .formatted(exporter.pack().orElseThrow().rulesFile(), exporter.name()));
      return;
    }
    notes.removeIf(note -> note.startsWith("No "));
    pack.ifPresentOrElse(
        it -> found.add("rules       the shipped " + it.rulesFile() + " and " + it.dashboardFile()),
        () ->
            notes.add(
                "Pharos ships no rules for %s, so the only alerts are about its target."
                    .formatted(exporter.name())));
  }

  /* Proposes names for what was not found, if the page may have it. */
  private void propose(PageMetrics all, RequestMetrics metrics) {
    Optional<Requests> requests = metrics.requests();
    boolean isComplete = requests.flatMap(Requests::failure).isPresent();
    NamedMetrics guess = all.proposal(requests.map(Requests::metric));
    if (isComplete && (metrics.durations().isPresent() || guess.duration().isEmpty())) {
      return;
    }
    proposal =
        new NamedMetrics(
            requests.isPresent() ? service.named().requests() : guess.requests(),
            isComplete ? service.named().errors() : guess.errors(),
            isComplete ? service.named().errorsMatch() : guess.errorsMatch(),
            metrics.durations().isPresent() ? service.named().duration() : guess.duration());
    var read = new HashMap<String, String>();
    proposal.duration().ifPresent(name -> read.put(name, "duration?"));
    proposal.errors().ifPresent(name -> read.put(name, "errors?"));
    proposal.requests().ifPresent(name -> read.put(name, "requests?"));
    metrics.durations().ifPresent(it -> read.put(it.metric(), "duration"));
    requests.ifPresent(it -> read.put(it.metric(), "requests"));
    seen = all.table(read);
    if (requests.isEmpty() && guess.requests().isPresent()) {
      notes.removeIf(note -> note.startsWith("No request counter"));
      notes.add(
          "No counter of requests has a name that init knows, so there are no alerts about errors"
              + " and traffic yet: name the counter.");
    }
  }
}
