package io.pharos.faults;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.Channels;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.demo.PlayedDemo;
import io.pharos.ingest.scrape.PlayedScrapes;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.PlayedProbes;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.rules.RuleContext;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleOptions;
import io.pharos.rules.RuleSettings;
import io.pharos.rules.gap.EarlierGaps;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.Recordings;
import io.pharos.schedule.VirtualJobs;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Everything that the repository ships, on virtual time: the demo backend's pages are read,
/// scraped by the shipped configuration into the real store, judged by the shipped rules, and told
/// by the shipped notification files to receivers that record.
final class VirtualStack implements AutoCloseable {
  /// People's requests a second. Less than the real demo makes, for speed; enough for every bound.
  private static final double RATE = 2;

  private static final String PHAROS_PAGE =
      """
      # TYPE prometheus_config_last_reload_successful gauge
      prometheus_config_last_reload_successful 1
      # TYPE alertmanager_config_last_reload_successful gauge
      alertmanager_config_last_reload_successful 1
      """;

  private static final String CERTIFICATE_PROBE =
      """
      probes:
        - name: backend-certificate
          labels: {service: remotegpu-backend, env: demo}
          interval: 30s
          timeout: 5s
          tcp: {host: 127.0.0.1, port: 8443, tls: true}
      """;

  /// A message that left.
  ///
  /// @param at seconds since the fault was raised
  /// @param channel the kind of integration
  record Told(double at, String channel, boolean firing, Notification.Reason reason, String text) {}

  private final NotifierRig notifier;
  private final VirtualJobs jobs;
  private final PlayedDemo demo;
  private final Tsdb store;
  private final RuleManager rules;
  private final ProbeRunner probes;
  private final Random luck = new Random(7);
  private double raisedAt;

  /// Begins in health, some time after the start of virtual time.
  ///
  /// @param folder of the store; what is in it is the history
  /// @param slowProbe the interval of the probe that looks whether a token is asked for
  VirtualStack(Path folder, Duration since, String slowProbe) throws IOException {
    notifier = new NotifierRig(Channels.load(Path.of("notifications/alertmanager.yml")));
    notifier.time.advance(since);
    jobs = new VirtualJobs(notifier.time);
    demo = new PlayedDemo(notifier.time, RATE);
    var registry = new SimpleMeterRegistry();
    store =
        Tsdb.open(
            folder,
            TsdbOptions.defaults().with(draft -> draft.retention = Duration.ofDays(40)),
            notifier.time,
            registry);
    PrometheusConfig config = PrometheusConfig.read(Path.of("prometheus/prometheus.yml"));
    var gaps = new ObservationGaps();
    gaps.setHistory(EarlierGaps.history(store));
    var _ = PlayedScrapes.start(config, store, jobs, notifier.time, registry, gaps, this::page);
    probes =
        PlayedProbes.start(
            probes(folder, slowProbe), store, jobs, notifier.time, registry, new Answers());
    var engine = new Engine(store, EngineOptions.defaults(), System::nanoTime, registry);
    rules =
        new RuleManager(
            new RuleContext(
                engine,
                RuleContext.NO_LOGS,
                store,
                store,
                alerts -> notifier.dispatcher.send(alerts),
                notifier.time,
                registry,
                RuleOptions.DEFAULT,
                gaps,
                new TimeContinuity(notifier.time, new ObservationGaps()),
                new OnlyFailures(GapFills.of(gaps, store, engine::over))),
            jobs,
            Optional.empty());
    rules.load(
        RuleFile.readAll(config.expandRuleFiles(), ParserOptions.defaults()),
        new RuleSettings(
            config.global().evaluationInterval(),
            config.global().ruleQueryOffset(),
            config.global().externalLabels(),
            "http://pharos.example"));
  }

  private Optional<String> page(URI url) {
    return url.getPort() == 9095 ? Optional.of(PHAROS_PAGE) : demo.page(url.getPath());
  }

  private static List<ProbeConfig> probes(Path folder, String slowProbe) throws IOException {
    Path shipped = folder.resolveSibling(folder.getFileName() + "-probes.yml");
    Files.writeString(
        shipped,
        Files.readString(Path.of("probes/backend.yml"))
            .replace("interval: 30s", "interval: " + slowProbe));
    Path certificate = folder.resolveSibling(folder.getFileName() + "-certificate.yml");
    Files.writeString(certificate, CERTIFICATE_PROBE);
    return ProbeFile.readAll(List.of(shipped, certificate));
  }

  /// Fills only what failing targets left. Much time passes in strides of a minute, which would
  /// look like a gap of Pharos each (see the simulation for those).
  private record OnlyFailures(GapFills all) implements GapFills {
    @Override
    public Optional<Filled> evaluate(Query query, long now) {
      return Optional.empty();
    }

    @Override
    public boolean isInterrupted(Query query, long now) {
      return false;
    }

    @Override
    public Optional<Filled> continued(Query query, long now) {
      return all.continued(query, now);
    }

    @Override
    public void use(List<Recordings.Recording> rules) {
      all.use(rules);
    }
  }

  private final class Answers implements PlayedProbes.Answers {
    @Override
    public boolean succeeds(ProbeConfig probe) {
      return probe.name().equals("backend-auth-required")
          ? demo.isRefusing(luck.nextDouble())
          : demo.isAnswering();
    }

    @Override
    public @Nullable Instant certificateEnd(ProbeConfig probe) {
      return probe.name().equals("backend-certificate") && demo.isAnswering()
          ? demo.certificateEnd()
          : null;
    }
  }

  /// What asks the store.
  Evaluator evaluator() {
    return new Engine(store, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
  }

  /// The clock, which stands still between two passes.
  InstantSource clock() {
    return notifier.time;
  }

  /// Lets time pass.
  ///
  /// @param stride how seldom to look at least
  void pass(Duration length, Duration stride) {
    jobs.stride(stride);
    notifier.time.advance(length);
    jobs.stride(Duration.ZERO);
  }

  /// Raises a fault; what is told from now on counts from here.
  void raise(String kind, double ratio) {
    demo.raise(kind, ratio);
    raisedAt = notifier.time.seconds();
  }

  void repair() {
    demo.raise("none", 1);
  }

  /// Seconds since the fault was raised.
  double seconds() {
    return notifier.time.seconds() - raisedAt;
  }

  /// What was told so far, in the order of time.
  List<Told> told() {
    var told = new ArrayList<Told>();
    for (NotifierRig.Message message : notifier.messages) {
      var notification = message.notification();
      told.add(
          new Told(
              message.at() - raisedAt,
              notification.integration(),
              !notification.firing().isEmpty(),
              notification.reason(),
              NotifierRig.Message.names(notification)));
    }
    return told;
  }

  /// What each channel was told.
  Map<String, List<Told>> byChannel() {
    var channels = new TreeMap<String, List<Told>>();
    told().forEach(one -> channels.computeIfAbsent(one.channel(), _ -> new ArrayList<>()).add(one));
    return channels;
  }

  @Override
  public void close() {
    rules.close();
    probes.close();
    notifier.kill();
    store.close();
  }
}
