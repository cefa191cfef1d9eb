package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.silence.Inhibitor;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.NamedTimeInterval;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.model.BaseUrl;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The pipeline of one configuration. It passes a group's alerts through the muting stages, and
/// proposes the alerts that are not muted to each integration of the receiver.
public final class Pipeline {
  private final List<MutingStage> stages;
  private final TimeIntervals intervals;
  private final Inhibitor inhibitor;
  private final Map<String, List<Integration>> byReceiver;
  private final DeliverySettings delivery;
  private final Deliverer deliverer;
  private final Escalations escalations;
  private final String externalUrl;
  private final MeterRegistry registry;

  /// Creates the notifiers of all receivers that a route or an escalation uses. They are not used
  /// before [#activate].
  ///
  /// @throws IllegalArgumentException if an integration cannot work as configured
  public Pipeline(
      AlertmanagerConfig config,
      Notifier.Factory factory,
      Silences silences,
      Deliverer deliverer,
      Escalations escalations,
      String externalUrl,
      MeterRegistry registry) {
    this.intervals = new TimeIntervals(config.timeIntervals());
    this.inhibitor = new Inhibitor(config.inhibitRules());
    this.stages =
        List.of(
            new MutingStage(
                "inhibition",
                (flush, alerts) ->
                    without(
                        alerts,
                        alert -> inhibitor.inhibitedBy(alert.labels(), flush.now()).isPresent())),
            new MutingStage(
                "active_time_interval",
                (flush, alerts) ->
                    !flush.activeIntervals().isEmpty()
                            && intervals.containing(flush.activeIntervals(), flush.now()).isEmpty()
                        ? List.of()
                        : alerts),
            new MutingStage(
                "mute_time_interval",
                (flush, alerts) ->
                    intervals.containing(flush.muteIntervals(), flush.now()).isEmpty()
                        ? alerts
                        : List.of()),
            new MutingStage(
                "silence",
                (_, alerts) ->
                    without(alerts, alert -> !silences.mutedBy(alert.labels()).isEmpty())));
    this.byReceiver = integrations(config, factory, escalations.receivers());
    this.escalations = escalations;
    this.delivery = config.delivery();
    this.deliverer = deliverer;
    this.externalUrl = BaseUrl.of(externalUrl);
    this.registry = registry;
    stages.forEach(this::suppressed);
  }

  /// A stage that removes muted alerts.
  ///
  /// @param reason value of the metric label `reason`
  /// @param pass returns the alerts that are not muted
  private record MutingStage(
      String reason, BiFunction<FlushContext, List<TrackedAlert>, List<TrackedAlert>> pass) {}

  private static List<TrackedAlert> without(
      List<TrackedAlert> alerts, Predicate<TrackedAlert> muted) {
    return alerts.stream().filter(muted.negate()).toList();
  }

  private Counter suppressed(MutingStage stage) {
    return Counter.builder("alertmanager_notifications_suppressed")
        .description("Alerts that notifications omit because they are muted.")
        .tag("reason", stage.reason())
        .register(registry);
  }

  private static Map<String, List<Integration>> integrations(
      AlertmanagerConfig config, Notifier.Factory factory, Set<String> further) {
    var used = new HashSet<>(further);
    addReceivers(config.route(), used);
    Set.copyOf(used).forEach(name -> config.delivery().fallback(name).ifPresent(used::add));
    var byName = new LinkedHashMap<String, List<Integration>>();
    for (ReceiverConfig receiver : config.receivers()) {
      if (used.contains(receiver.name())) {
        byName.put(receiver.name(), integrations(config, receiver, factory));
      }
    }
    return Map.copyOf(byName);
  }

  private static void addReceivers(RouteConfig route, Set<String> used) {
    used.add(route.receiver());
    route.routes().forEach(child -> addReceivers(child, used));
  }

  private static List<Integration> integrations(
      AlertmanagerConfig config, ReceiverConfig receiver, Notifier.Factory factory) {
    var counts = new HashMap<String, Integer>();
    var created = new ArrayList<Integration>();
    for (IntegrationConfig integration : receiver.integrations()) {
      int index = counts.merge(integration.type(), 1, Integer::sum) - 1;
      created.add(
          new Integration(
              new Integration.Id(receiver.name(), integration.type(), index),
              integration.sendResolved(),
              integration.kind().opensIncidents(),
              config.delivery().closes(receiver.name(), integration.kind().opensIncidents()),
              config.delivery().limit(receiver.name()).or(integration.kind()::limit),
              factory.create(receiver.name(), integration)));
    }
    return List.copyOf(created);
  }

  /// Result of a flush.
  ///
  /// @param muted alerts that a stage removed
  /// @param notified completes with true once every integration has been notified or need not be
  ///   notified; with false if one could not be notified
  public record Flushed(Set<Fingerprint> muted, CompletableFuture<Boolean> notified) {
    public Flushed {
      muted = Set.copyOf(muted);
    }
  }

  /// Flushes a group: decides for each integration whether it must be notified. Does not wait for
  /// deliveries.
  ///
  /// @param alerts all alerts of the group, sorted
  public Flushed flush(FlushContext context, List<TrackedAlert> alerts) {
    if (context.isNotice()) { // nothing mutes it, and it begins no episode
      return new Flushed(Set.of(), propose(context, alerts, alerts, List.of()));
    }
    List<TrackedAlert> passed = alerts;
    var reasons = new HashMap<Fingerprint, String>();
    for (MutingStage stage : stages) {
      List<TrackedAlert> before = passed;
      passed = stage.pass().apply(context, before);
      if (passed.size() < before.size()) {
        suppressed(stage).increment(before.size() - passed.size());
        FingerprintSet remaining = FingerprintSet.ofAlerts(passed);
        before.stream()
            .map(TrackedAlert::fingerprint)
            .filter(fingerprint -> !remaining.contains(fingerprint))
            .forEach(fingerprint -> reasons.put(fingerprint, stage.reason()));
      }
    }
    List<TrackedAlert> muted =
        reasons.isEmpty()
            ? List.of()
            : alerts.stream().filter(alert -> reasons.containsKey(alert.fingerprint())).toList();
    deliverer.flushed(context, alerts, reasons);
    return new Flushed(reasons.keySet(), propose(context, alerts, passed, muted));
  }

  private CompletableFuture<Boolean> propose(
      FlushContext context,
      List<TrackedAlert> all,
      List<TrackedAlert> alerts,
      List<TrackedAlert> muted) {
    FingerprintSet firing =
        FingerprintSet.ofAlerts(alerts.stream().filter(a -> !a.isResolved(context.now())).toList());
    FingerprintSet resolved =
        FingerprintSet.ofAlerts(alerts.stream().filter(a -> a.isResolved(context.now())).toList());
    CompletableFuture<Boolean> allNotified = CompletableFuture.completedFuture(true);
    for (Integration integration : byReceiver.getOrDefault(context.receiver(), List.of())) {
      if (alerts.isEmpty() && !integration.closes()) {
        continue;
      }
      var proposal =
          NotificationDecision.of(
              integration, context, alerts, muted, firing, resolved, externalUrl);
      allNotified = allNotified.thenCombine(deliverer.decide(proposal), Boolean::logicalAnd);
      if (firing.isEmpty()) {
        // If the fallback was notified of the alerts, it must also be notified of their end, even
        // if
        // the receiver works again.
        for (Integration fallback : fallback(context.receiver())) {
          allNotified =
              allNotified.thenCombine(
                  deliverer.decide(proposal.withIntegration(fallback)), Boolean::logicalAnd);
        }
      }
    }
    for (NotificationDecision further : escalated(context, all, alerts, muted, firing, resolved)) {
      allNotified = allNotified.thenCombine(deliverer.decide(further), Boolean::logicalAnd);
    }
    return allNotified;
  }

  /// Returns the proposals to the receivers that the group has reached by escalation.
  private List<NotificationDecision> escalated(
      FlushContext context,
      List<TrackedAlert> all,
      List<TrackedAlert> alerts,
      List<TrackedAlert> muted,
      FingerprintSet firing,
      FingerprintSet resolved) {
    if (escalations.receivers().isEmpty()) {
      return List.of();
    }
    var proposals = new ArrayList<NotificationDecision>();
    var flush = new Escalations.Flush(context, all, alerts, name -> reach(context, name));
    for (Escalations.Reached reached : escalations.flushed(flush)) {
      for (Integration integration : integrations(context, reached.receiver())) {
        if ((!alerts.isEmpty() || integration.closes())
            && !reached.receiver().equals(context.receiver())
            && (reached.step() != null || reach(context, integration).isTold())) {
          proposals.add(
              NotificationDecision.of(
                      integration, context, alerts, muted, firing, resolved, externalUrl)
                  .because(reached.step()));
        }
      }
    }
    return proposals;
  }

  /* A notice must not open an incident. */
  private List<Integration> integrations(FlushContext context, String receiver) {
    return byReceiver.getOrDefault(receiver, List.of()).stream()
        .filter(integration -> !context.isNotice() || !integration.opensIncidents())
        .toList();
  }

  private List<Reach> reach(FlushContext context, String receiver) {
    return integrations(context, receiver).stream()
        .map(integration -> reach(context, integration))
        .toList();
  }

  private Reach reach(FlushContext context, Integration integration) {
    return deliverer.reach(new NotificationLogEntry.Key(context.groupKey(), integration.id()));
  }

  private List<Integration> fallback(String receiver) {
    return delivery
        .fallback(receiver)
        .map(name -> byReceiver.getOrDefault(name, List.of()))
        .orElse(List.of());
  }

  /// Replaces the integrations of the outbox with the integrations of this pipeline.
  public void activate() {
    var byId = new HashMap<Integration.Id, Integration>();
    byReceiver.values().forEach(list -> list.forEach(i -> byId.put(i.id(), i)));
    deliverer.install(byId, delivery);
  }

  /// Returns the inhibition rules of this configuration.
  public Inhibitor inhibitor() {
    return inhibitor;
  }

  /// Returns the time intervals of this configuration.
  public TimeIntervals intervals() {
    return intervals;
  }

  /// Decides whether a notification is due, and delivers it. The outbox implements this interface.
  public interface Deliverer {
    /// Decides whether an integration must be notified of a group's state, and queues the delivery.
    ///
    /// @return completes with true once the integration has been notified or need not be notified;
    ///   with false if it could not be notified, so that the group's next flush must decide again
    CompletableFuture<Boolean> decide(NotificationDecision proposal);

    /// Returns what is known about an integration and a group.
    Reach reach(NotificationLogEntry.Key key);

    /// Observes a flush before its decisions, see [EpisodeKeeper#flushed].
    void flushed(FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted);

    /// Replaces the current integrations. Deliveries to integrations that no longer exist are given
    /// up.
    void install(Map<Integration.Id, Integration> integrations, DeliverySettings settings);
  }

  /// The context of one flush of a group.
  ///
  /// @param receiver receiver of the route
  /// @param muteIntervals names of the route's `mute_time_intervals`
  /// @param activeIntervals names of the route's `active_time_intervals`
  /// @param now instant at which the group's timer fired
  public record FlushContext(
      String groupKey,
      Labels groupLabels,
      String receiver,
      List<String> muteIntervals,
      List<String> activeIntervals,
      Duration groupInterval,
      Duration repeatInterval,
      Instant now) {
    /// Begin of the keys of groups that are no alerts: messages to a person about something that
    /// nobody acknowledges or silences. The key of no route begins so.
    public static final String NOTICE = "notice:";

    private static final Duration MIN_TIMEOUT = Duration.ofSeconds(10);

    public FlushContext {
      muteIntervals = List.copyOf(muteIntervals);
      activeIntervals = List.copyOf(activeIntervals);
    }

    /// Whether the group is a notice, see [#NOTICE].
    public boolean isNotice() {
      return groupKey.startsWith(NOTICE);
    }

    /// Returns how long a delivery that is decided now is tried: until the group's next flush, but
    /// at least ten seconds.
    public Duration timeout() {
      return groupInterval.compareTo(MIN_TIMEOUT) > 0 ? groupInterval : MIN_TIMEOUT;
    }
  }

  /// The configured time intervals by name.
  public static final class TimeIntervals {
    private final Map<String, NamedTimeInterval> byName;

    /// Creates the intervals of a configuration.
    public TimeIntervals(Collection<NamedTimeInterval> intervals) {
      byName =
          intervals.stream().collect(Collectors.toUnmodifiableMap(NamedTimeInterval::name, i -> i));
    }

    /// Returns the names whose time interval contains the instant.
    List<String> containing(List<String> names, Instant now) {
      return names.stream()
          .filter(
              name -> requireNonNull(byName.get(name), "no time interval " + name).contains(now))
          .toList();
    }

    /// Returns the names of the intervals that mute a route at an instant: the mute intervals that
    /// contain the instant. If there are none, and the route has active intervals but none of them
    /// contains the instant, returns all active intervals.
    public List<String> muting(List<String> mute, List<String> active, Instant now) {
      List<String> muted = containing(mute, now);
      if (muted.isEmpty() && !active.isEmpty() && containing(active, now).isEmpty()) {
        return active;
      }
      return muted;
    }
  }
}
