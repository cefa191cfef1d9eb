package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.ShownConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.ingest.discovery.DiscoveredTargets;
import io.pharos.ingest.discovery.TargetDiscovery;
import io.pharos.ingest.discovery.TargetLimit;
import io.pharos.limits.heap.MemoryBound;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The targets of one scrape configuration, each with its loop. Not thread-safe; guarded by the
/// lock of the [ScrapeManager].
final class ScrapePool {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapePool.class);

  private final ScrapeLoop.Context context;
  private final String externalHost;
  private final TargetDiscovery discovery;
  private final FileDiscovery files;
  private Map<PolledSdConfig, DiscoveredTargets> sources = new LinkedHashMap<>();
  ScrapeConfig config;
  private Map<Target.Key, ScrapeLoop> loops = new LinkedHashMap<>();
  List<TargetsSnapshot.DroppedTarget> dropped = List.of();
  List<String> problems = List.of();

  ScrapePool(
      ScrapeConfig config,
      ScrapeLoop.Context context,
      String externalHost,
      TargetDiscovery discovery) {
    this.discovery = discovery;
    this.config = config;
    this.context = context;
    this.externalHost = externalHost;
    this.files = discovery.files();
  }

  /// Applies another configuration of the same job, and scrapes the targets that it finds.
  void reload(ScrapeConfig newConfig) throws InterruptedException {
    boolean restart = !newConfig.scrapesLike(config);
    config = newConfig;
    sync(restart);
  }

  /// Finds targets. Starts loops for new targets, and stops the loops of targets that were not
  /// found.
  void refresh() throws InterruptedException {
    sync(false);
  }

  private void sync(boolean restart) throws InterruptedException {
    var found = new LinkedHashMap<Target.Key, Target>();
    var nowDropped = new ArrayList<TargetsSnapshot.DroppedTarget>();
    var nowProblems = new ArrayList<String>();
    int discovered = 0;
    int overLimit = 0;
    int maxTargets = discovery.limit().maxFor(config.jobName());
    for (StaticConfig group : groups()) {
      for (String address : group.targets()) {
        discovered++;
        switch (Target.resolve(config, group.labels(), address)) {
          case Target.Resolution.Active(Target target) -> {
            if (found.size() < maxTargets || found.containsKey(target.key())) {
              found.putIfAbsent(target.key(), target);
            } else {
              overLimit++;
            }
          }
          case Target.Resolution.Dropped(var labels) -> {
            int max = config.keepDroppedTargets();
            if (max == 0 || nowDropped.size() < max) {
              nowDropped.add(
                  new TargetsSnapshot.DroppedTarget(
                      ShownConfig.maskLabels(labels), config.jobName()));
            }
          }
          case Target.Resolution.Invalid(var labels, String reason) ->
              nowProblems.add(
                  "job %s: %s: %s"
                      .formatted(
                          config.jobName(),
                          ShownConfig.maskLabels(labels),
                          ShownConfig.maskUrl(reason)));
        }
      }
    }
    nowProblems.addAll(files.problems());
    sources.values().stream()
        .map(DiscoveredTargets::problem)
        .filter(problem -> !problem.isEmpty())
        .forEach(nowProblems::add);
    if (overLimit > 0) {
      nowProblems.add(overLimit(overLimit));
    }
    for (String problem : nowProblems) {
      if (!problems.contains(problem)) {
        LOG.warn("{}", problem);
      }
    }
    dropped = nowDropped;
    problems = nowProblems;
    if (overLimit == 0 || restart || loops.isEmpty()) {
      replace(found, restart);
    }
    discovery.limit().set(config.jobName(), loops.size());
    applyTargetLimit();
    context.metrics().targets(config.jobName(), loops.size(), discovered);
  }

  /// Reports targets over the limit. They are not scraped unless they already were.
  ///
  /// @return text of the problem
  private String overLimit(int count) {
    TargetLimit limit = discovery.limit();
    String text =
        "job %s: %d targets are not scraped: all jobs together may have %d; raise --%s"
            .formatted(config.jobName(), count, limit.max(), MemoryBound.TARGETS.flag());
    limit.refuse(text);
    return text;
  }

  private List<StaticConfig> groups() {
    var groups = new ArrayList<>(config.staticConfigs());
    groups.addAll(files.refresh(config.fileSdConfigs()));
    updateSources();
    sources.values().forEach(source -> groups.addAll(source.groups()));
    return groups;
  }

  /* A source that already existed continues with its targets. */
  private void updateSources() {
    var next = new LinkedHashMap<PolledSdConfig, DiscoveredTargets>();
    for (PolledSdConfig item : config.polledSdConfigs()) {
      for (PolledSdConfig source : item.each()) {
        DiscoveredTargets existing = sources.get(source);
        next.computeIfAbsent(source, _ -> existing == null ? discovery.of(source) : existing);
      }
    }
    sources.forEach(
        (source, targets) -> {
          if (!next.containsKey(source)) {
            targets.stop();
          }
        });
    sources = next;
    sources.values().forEach(DiscoveredTargets::queryIfDue);
  }

  private void replace(Map<Target.Key, Target> found, boolean restart) throws InterruptedException {
    var removed = new ArrayList<ScrapeLoop>();
    var restarted = new ArrayList<ScrapeLoop>();
    loops.forEach(
        (key, loop) -> {
          Target target = found.get(key);
          if (target == null) {
            removed.add(loop);
          } else if (restart || !target.equals(loop.target)) {
            restarted.add(loop);
          }
        });
    removed.forEach(ScrapeLoop::interrupt);
    restarted.forEach(ScrapeLoop::interrupt);
    for (ScrapeLoop loop : removed) {
      loop.join();
      loop.end();
    }
    var next = new LinkedHashMap<Target.Key, ScrapeLoop>();
    var started = new ArrayList<ScrapeLoop>();
    for (Target target : found.values()) {
      ScrapeLoop loop = loops.get(target.key());
      if (loop == null) {
        loop = new ScrapeLoop(config, target, context);
        started.add(loop);
      } else if (restarted.contains(loop)) {
        loop.join();
        loop = loop.successor(config, target);
        started.add(loop);
      }
      next.put(target.key(), loop);
    }
    loops = next;
    started.forEach(ScrapeLoop::start);
  }

  private void applyTargetLimit() {
    int max = config.limits().targets();
    boolean exceeded = max > 0 && loops.size() > max;
    ScrapeFailure failure =
        exceeded
            ? new ScrapeFailure(
                ScrapeFailure.Reason.TARGET_LIMIT,
                "target_limit exceeded: found %d targets, expected at most %d"
                    .formatted(loops.size(), max))
            : null;
    loops.values().forEach(loop -> loop.force(failure));
  }

  void interrupt() {
    sources.values().forEach(DiscoveredTargets::stop);
    loops.values().forEach(ScrapeLoop::interrupt);
  }

  void join() throws InterruptedException {
    for (ScrapeLoop loop : loops.values()) {
      loop.join();
    }
  }

  /// Ends the series of all targets after the job was removed. Call it after [#join].
  void end() {
    loops.values().forEach(ScrapeLoop::end);
    loops = new LinkedHashMap<>();
  }

  List<TargetsSnapshot.ActiveTarget> active() {
    return loops.values().stream().map(this::active).toList();
  }

  private TargetsSnapshot.ActiveTarget active(ScrapeLoop loop) {
    Target target = loop.target;
    ScrapeOutcomes.Status status = loop.status();
    return new TargetsSnapshot.ActiveTarget(
        ShownConfig.maskLabels(target.discovered()),
        target.labels(),
        config.jobName(),
        ShownConfig.maskUrl(target.url().toString()),
        ShownConfig.maskUrl(globalUrl(target.url())),
        status.error(),
        status.began(),
        status.took(),
        status.health(),
        target.interval(),
        target.timeout(),
        loop.metadata.metrics(),
        Duration.ofMillis(loop.skewMillis()),
        config.limits(),
        Instant.ofEpochMilli(target.nextDue(context.clock().millis())),
        loop.record());
  }

  private String globalUrl(URI url) {
    return switch (url.getHost()) {
      case "localhost", "127.0.0.1", "[::1]" ->
          url.toString().replaceFirst("//[^/]*", "//" + externalHost + port(url));
      default -> url.toString();
    };
  }

  private static String port(URI url) {
    return url.getPort() < 0 ? "" : ":" + url.getPort();
  }
}
