package io.pharos.oncall.escalation;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.People;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.oncall.episode.EpisodeRig;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A notifier on virtual time whose groups escalate. Receivers are `pages`, which is a policy, a
/// mail and a chat for each of lead, deputy and boss, and the fallback `team`.
final class EscalationRig implements EpisodeRig.Extension {
  static final String CONFIG =
      """
      route:
        receiver: pages
        group_by: [job]
        group_wait: 10s
        group_interval: 60s
        repeat_interval: 2h
      receivers:
        - name: pages
      """
          + Stream.of(
                  "lead-mail",
                  "lead-chat",
                  "deputy-mail",
                  "deputy-chat",
                  "boss-mail",
                  "boss-chat",
                  "team")
              .map("  - {name: %1$s, webhook_configs: [{url: 'http://%1$s'}]}\n"::formatted)
              .collect(Collectors.joining());

  static final String PEOPLE =
      """
      people:
        - {name: lead, ways: [lead-mail, lead-chat]}
        - {name: deputy, ways: [deputy-mail, deputy-chat]}
        - {name: boss, ways: [boss-mail, boss-chat]}
      """;

  static final String THREE_LEVELS =
      PEOPLE
          + """
      policies:
        - name: pages
          levels:
            - {people: [lead]}
            - {people: [deputy], after: 5m}
            - {people: [boss], after: 10m}
      """;

  final InMemoryEscalationStore store = new InMemoryEscalationStore();
  final List<DutyOverride> overrides = new ArrayList<>();
  final EpisodeRig episodes;
  OnCallPlan plan;

  /// What counts as the receiver of the root route.
  String root = "pages";

  boolean hasFallback = true;

  /// Whether changes are stored; a kill between a step and its record turns it off.
  boolean records = true;

  EscalationService service;

  /// Receives what each flush saw.
  FlushListener flushes = (_, _) -> {};

  /// What a flush saw.
  interface FlushListener {
    void flushed(boolean isOver, boolean allMuted);
  }

  EscalationRig(String onCall) {
    this.plan = plan(onCall);
    this.episodes = new EpisodeRig(CONFIG, this);
  }

  static OnCallPlan plan(String onCall) {
    var names =
        NotifierRig.config(CONFIG).receivers().stream()
            .map(ReceiverConfig::name)
            .collect(Collectors.toSet());
    return OnCallFile.parse(
        "oncall.yml",
        onCall,
        new OnCallFile.Surroundings(Optional.of(names), People.NONE, VirtualTime.START));
  }

  private EpisodeKeeper listening(EpisodeKeeper keeper) {
    return new EpisodeKeeper() {
      @Override
      public Acknowledged acknowledged(String groupKey) {
        return keeper.acknowledged(groupKey);
      }

      @Override
      public void flushed(
          Pipeline.FlushContext context,
          List<TrackedAlert> alerts,
          Map<Fingerprint, String> muted) {
        keeper.flushed(context, alerts, muted);
        List<TrackedAlert> firing =
            alerts.stream().filter(alert -> !alert.isResolved(context.now())).toList();
        flushes.flushed(
            firing.isEmpty(),
            firing.stream().allMatch(alert -> muted.containsKey(alert.fingerprint())));
      }

      @Override
      public void delivering(String groupKey) {
        keeper.delivering(groupKey);
      }

      @Override
      public void install(AcknowledgementRules rules) {
        keeper.install(rules);
      }
    };
  }

  @Override
  public void starting(EpisodeRig rig) {
    rig.rig.episodes = listening(rig.service);
    service =
        new EscalationService(
            store,
            rig.service,
            rig.service::note,
            () -> overrides,
            rig.rig.time,
            new SimpleMeterRegistry());
    rig.rig.escalations =
        config ->
            service.of(
                plan,
                config.receivers().stream().map(ReceiverConfig::name).collect(Collectors.toSet()),
                root,
                name ->
                    hasFallback && name.equals("pages")
                        ? Optional.of("team")
                        : Optional.<String>empty());
    service.record();
  }

  @Override
  public void tick() {
    service.tick(rig().dispatcher.now(), rig().dispatcher::flush);
    if (records) {
      service.record();
    }
  }

  NotifierRig rig() {
    return episodes.rig;
  }

  void advance(double seconds) {
    episodes.advance(seconds);
  }

  double now() {
    return rig().time.seconds();
  }

  /// Returns the messages since the last call, such as `10 lead-mail firing A`.
  List<String> messages() {
    List<String> all =
        rig().messages.stream()
            .map(
                it ->
                    "%.0f %s %s"
                        .formatted(
                            Math.floor(it.at()),
                            it.receiver(),
                            NotifierRig.Message.names(it.notification())))
            .toList();
    rig().messages.clear();
    return all;
  }
}
