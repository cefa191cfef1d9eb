package io.pharos.alerting.pipeline;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.silence.Inhibitor;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.model.BaseUrl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// The pipeline of one configuration: passes a group's alerts through the muting stages and
/// proposes the rest to each integration of the receiver.
public final class Pipeline {
  private final List<MutingStage> stages;
  private final TimeIntervals intervals;
  private final Inhibitor inhibitor;
  private final Map<String, List<Integration>> byReceiver;
  private final DeliverySettings delivery;
  private final Deliverer deliverer;
  private final String externalUrl;
  private final MeterRegistry registry;

  /// Creates the notifiers of all receivers that a route uses; nothing is in force before
  /// [#activate].
  ///
  /// @param externalUrl external base URL of Pharos
  /// @throws IllegalArgumentException if an integration cannot work as configured
  public Pipeline(
      AlertmanagerConfig config,
      NotifierFactory factory,
      Silences silences,
      Deliverer deliverer,
      String externalUrl,
      MeterRegistry registry) {
    this.intervals = new TimeIntervals(config.timeIntervals());
    this.inhibitor = new Inhibitor(config.inhibitRules());
    this.stages =
        List.of(
            new MutingStage.Inhibition(inhibitor),
            new MutingStage.ActiveIntervals(intervals),
            new MutingStage.MuteIntervals(intervals),
            new MutingStage.Silencing(silences));
    this.byReceiver = integrations(config, factory);
    this.delivery = config.delivery();
    this.deliverer = deliverer;
    this.externalUrl = BaseUrl.of(externalUrl);
    this.registry = registry;
    stages.forEach(this::suppressed);
  }

  private Counter suppressed(MutingStage stage) {
    return Counter.builder("alertmanager_notifications_suppressed")
        .description("Alerts that were muted and so left out of notifications.")
        .tag("reason", stage.reason())
        .register(registry);
  }

  private static Map<String, List<Integration>> integrations(
      AlertmanagerConfig config, NotifierFactory factory) {
    var used = new HashSet<String>();
    addReceivers(config.route(), used);
    Set.copyOf(used).forEach(name -> config.delivery().fallback(name).ifPresent(used::add));
    var all = new LinkedHashMap<String, List<Integration>>();
    for (ReceiverConfig receiver : config.receivers()) {
      if (used.contains(receiver.name())) {
        all.put(receiver.name(), integrations(config, receiver, factory));
      }
    }
    return Map.copyOf(all);
  }

  private static void addReceivers(RouteConfig route, Set<String> used) {
    used.add(route.receiver());
    route.routes().forEach(child -> addReceivers(child, used));
  }

  private static List<Integration> integrations(
      AlertmanagerConfig config, ReceiverConfig receiver, NotifierFactory factory) {
    var counts = new HashMap<String, Integer>();
    var all = new ArrayList<Integration>();
    for (IntegrationConfig integration : receiver.integrations()) {
      int index = counts.merge(integration.type(), 1, Integer::sum) - 1;
      all.add(
          new Integration(
              new IntegrationId(receiver.name(), integration.type(), index),
              integration.sendResolved(),
              config.delivery().closes(receiver.name(), integration.kind().opensIncidents()),
              config.delivery().limit(receiver.name()).or(integration.kind()::limit),
              factory.create(receiver.name(), integration)));
    }
    return List.copyOf(all);
  }

  /// Result of a flush.
  ///
  /// @param muted the muted alerts
  /// @param notified true once all integrations have been notified or need not be
  public record Flushed(Set<Fingerprint> muted, CompletableFuture<Boolean> notified) {
    public Flushed {
      muted = Set.copyOf(muted);
    }
  }

  /// Flushes a group: decides for each integration whether it must be notified. Does not wait for
  /// deliveries.
  ///
  /// @param alerts the whole group, sorted
  public Flushed flush(FlushContext context, List<TrackedAlert> alerts) {
    List<TrackedAlert> passed = alerts;
    for (MutingStage stage : stages) {
      int before = passed.size();
      passed = stage.pass(context, passed);
      if (passed.size() < before) {
        suppressed(stage).increment(before - passed.size());
      }
    }
    var muted = new LinkedHashMap<Fingerprint, TrackedAlert>();
    if (passed.size() < alerts.size()) {
      alerts.forEach(alert -> muted.put(alert.fingerprint(), alert));
      passed.forEach(alert -> muted.remove(alert.fingerprint()));
    }
    return new Flushed(muted.keySet(), propose(context, passed, List.copyOf(muted.values())));
  }

  private CompletableFuture<Boolean> propose(
      FlushContext context, List<TrackedAlert> alerts, List<TrackedAlert> muted) {
    FingerprintSet firing =
        FingerprintSet.ofAlerts(alerts.stream().filter(a -> !a.isResolved(context.now())).toList());
    FingerprintSet resolved =
        FingerprintSet.ofAlerts(alerts.stream().filter(a -> a.isResolved(context.now())).toList());
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
    for (Integration integration : byReceiver.getOrDefault(context.receiver(), List.of())) {
      if (alerts.isEmpty() && !integration.closes()) {
        continue;
      }
      var proposal =
          new NotificationDecision(
              new NotificationLogKey(context.groupKey(), integration.id()),
              integration.sendResolved(),
              integration.closes(),
              context,
              alerts,
              muted,
              firing,
              resolved,
              FingerprintSet.empty(),
              externalUrl);
      all = all.thenCombine(deliverer.decide(proposal), Boolean::logicalAnd);
      if (firing.isEmpty()) {
        // The fallback, if it was notified, must learn of the end, whether the receiver works again
        // or not.
        for (Integration instead : fallback(context.receiver())) {
          all =
              all.thenCombine(
                  deliverer.decide(proposal.withIntegration(instead)), Boolean::logicalAnd);
        }
      }
    }
    return all;
  }

  private List<Integration> fallback(String receiver) {
    return delivery
        .fallback(receiver)
        .map(name -> byReceiver.getOrDefault(name, List.of()))
        .orElse(List.of());
  }

  /// Puts the integrations of this pipeline in force.
  public void activate() {
    var all = new HashMap<IntegrationId, Integration>();
    byReceiver.values().forEach(list -> list.forEach(i -> all.put(i.id(), i)));
    deliverer.install(all, delivery);
  }

  /// The inhibition rules of this configuration.
  public Inhibitor inhibitor() {
    return inhibitor;
  }

  /// The time intervals of this configuration.
  public TimeIntervals intervals() {
    return intervals;
  }
}
