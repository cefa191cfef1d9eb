package io.pharos.faults;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheus.PrometheusNamingConvention;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.ingest.scrape.PlayedScrapes;
import io.pharos.model.Labels;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.run.PlayedProbes;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushStore;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.rules.gap.GapFills;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.VirtualJobs;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Shipped rule files on virtual time, over pages that real components gave: each page is scraped
/// again and again until the component is asked anew, so that what a rule waits for passes in no
/// time. Virtual time begins now, since components tell the time of the wall.
public final class FaultRun implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  /// Something that is scraped.
  ///
  /// @param labels of the target, in YAML: `host: h1`
  public record Target(String job, String address, String labels) {}

  private final VirtualTime time = new VirtualTime();
  private final VirtualJobs jobs = new VirtualJobs(time);
  private final InMemoryStorage storage = new InMemoryStorage();
  private final Map<String, String> pages = new HashMap<>();
  private Function<URI, Optional<String>> source =
      url -> Optional.ofNullable(pages.get(url.getAuthority()));
  private final List<JobScheduler.Job> scrapes = new ArrayList<>();
  private final ObservationGaps gaps = new ObservationGaps();
  private Runnable endTargets = () -> {};
  private final RuleManager rules;

  /// @param targets what is scraped, from the start on
  /// @param packs rule files below alert-rules, without their ending
  /// @param change of the text of a rule file, where the rule's own time can't be virtual
  public FaultRun(List<Target> targets, List<String> packs, UnaryOperator<String> change)
      throws IOException {
    this(targets, packs, RuleContext.NO_LOGS, change);
  }

  /// A run of rules about lines.
  ///
  /// @param packs rule files below alert-rules, without their ending; those in `loki` are about
  ///   lines
  /// @param logs answers these
  public FaultRun(List<String> packs, Evaluator logs) throws IOException {
    this(List.of(), packs, logs, UnaryOperator.identity());
  }

  private FaultRun(
      List<Target> targets, List<String> packs, Evaluator logs, UnaryOperator<String> change)
      throws IOException {
    time.jump(Duration.between(time.instant(), Instant.now()));
    if (!targets.isEmpty()) {
      scrape(targets);
    }
    var engine =
        new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    gaps.setHistory(EarlierGaps.history(storage));
    rules =
        new RuleManager(
            new RuleContext(
                engine,
                logs,
                storage,
                storage,
                _ -> {},
                time,
                new SimpleMeterRegistry(),
                RuleOptions.DEFAULT,
                gaps,
                new TimeContinuity(time, new ObservationGaps()),
                GapFills.of(gaps, storage, engine::over)),
            jobs,
            Optional.empty());
    var files = new ArrayList<RuleFile>();
    for (String pack : packs) {
      String text = change.apply(Files.readString(Path.of("alert-rules", pack + ".yml")));
      files.add(
          pack.startsWith("loki/")
              ? RuleFile.parseLogRules(pack, text)
              : RuleFile.parse(pack, text, ParserOptions.defaults()));
    }
    rules.load(
        files, new RuleSettings(INTERVAL, Duration.ZERO, Labels.empty(), "http://pharos.example"));
  }

  public FaultRun(List<Target> targets, String... packs) throws IOException {
    this(targets, List.of(packs), UnaryOperator.identity());
  }

  /// Scrapes these from now on, and no others.
  public void scrape(List<Target> targets) throws IOException {
    scrapes.forEach(JobScheduler.Job::close);
    scrapes.clear();
    endTargets.run();
    var text =
        new StringBuilder(
            "global: {scrape_interval: %ds}\nscrape_configs:\n".formatted(INTERVAL.toSeconds()));
    var byJob = new TreeMap<String, StringBuilder>();
    for (Target target : targets) {
      byJob
          .computeIfAbsent(target.job(), _ -> new StringBuilder())
          .append("{targets: ['%s'], labels: {%s}},".formatted(target.address(), target.labels()));
    }
    byJob.forEach(
        (job, groups) ->
            text.append("  - {job_name: %s, static_configs: [%s]}\n".formatted(job, groups)));
    Path file = Files.createTempFile("fault-run", ".yml");
    try {
      Files.writeString(file, text);
      endTargets =
          PlayedScrapes.start(
              PrometheusConfig.read(file),
              storage,
              (name, every, offset, task) -> {
                JobScheduler.Job job = jobs.schedule(name, every, offset, task);
                scrapes.add(job);
                return job;
              },
              time,
              new SimpleMeterRegistry(),
              gaps,
              url -> source.apply(url));
    } finally {
      Files.delete(file);
    }
  }

  /// Has a component be asked at each scrape, which lives by [#clock].
  public void ask(Function<URI, Optional<String>> component) {
    source = component;
  }

  /// The virtual time.
  public InstantSource clock() {
    return time;
  }

  /// Starts probes that run on virtual time.
  public ProbeRunner probe(List<ProbeConfig> probes, PlayedProbes.Answers answers) {
    return PlayedProbes.start(probes, storage, jobs, time, new SimpleMeterRegistry(), answers);
  }

  /// Starts probes that really ask, each time that virtual time has come for it.
  public ProbeRunner probe(List<ProbeConfig> probes) {
    var runner =
        new ProbeRunner(
            probes,
            new ProbeRunner.Ports(
                storage,
                jobs,
                time,
                new SimpleMeterRegistry(),
                new ObservationGaps(),
                new TimeContinuity(time, new ObservationGaps()),
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    runner.start();
    return runner;
  }

  /// The counters and gauges of a part of Pharos, as its own page shows them.
  @SuppressWarnings("deprecation") // of the registry that Quarkus still has
  public static String page(MeterRegistry registry) {
    var names = new PrometheusNamingConvention();
    var page = new StringBuilder();
    for (Meter meter : registry.getMeters()) {
      Meter.Id id = meter.getId();
      double value =
          switch (meter) {
            case Gauge gauge -> gauge.value();
            case Counter counter -> counter.count();
            default -> Double.NaN;
          };
      String labels =
          id.getTags().stream()
              .map(tag -> "%s=\"%s\"".formatted(names.tagKey(tag.getKey()), tag.getValue()))
              .collect(Collectors.joining(","));
      if (!Double.isNaN(value)) {
        page.append(names.name(id.getName(), id.getType(), id.getBaseUnit()))
            .append("{%s} %s\n".formatted(labels, value));
      }
    }
    return page.toString();
  }

  /// Makes these the pages, by address; a target without one is not to be reached.
  public void show(Map<String, String> now) {
    pages.clear();
    pages.putAll(now);
  }

  /// Lets time pass.
  public void pass(Duration length) {
    time.advance(length);
  }

  /// Lets much time pass, which is looked at this seldom: but more often than samples grow too old
  /// for rules, which are evaluated before or after the scrapes of their time.
  public void pass(Duration length, Duration stride) {
    if (stride.compareTo(Duration.ofMinutes(5)) >= 0) {
      throw new IllegalArgumentException(stride + ": samples are looked back for 5 minutes");
    }
    jobs.stride(stride);
    time.advance(length);
    jobs.stride(Duration.ZERO);
  }

  /// The alerts that fire; a rule that can't be evaluated is a fault of the test's.
  public Set<String> firing() {
    var firing = new TreeSet<String>();
    firingBy("alertname").values().forEach(firing::addAll);
    return firing;
  }

  /// The alerts that fire, by the value of a label.
  public Map<String, Set<String>> firingBy(String label) {
    var firing = new TreeMap<String, Set<String>>();
    for (GroupSnapshot group : rules.groups()) {
      for (RuleSnapshot rule : group.rules()) {
        if (rule.evaluation().health() == RuleHealth.ERR) {
          throw new AssertionError(rule.name() + ": " + rule.evaluation().lastError());
        }
        if (rule instanceof RuleSnapshot.Alerting alerting) {
          alerting.alerts().stream()
              .filter(alert -> alert.state() == AlertState.FIRING)
              .forEach(
                  alert ->
                      firing
                          .computeIfAbsent(
                              String.valueOf(alert.labels().get(label)), _ -> new TreeSet<>())
                          .add(alerting.name()));
        }
      }
    }
    return firing;
  }

  @Override
  public void close() {
    rules.close();
  }
}
