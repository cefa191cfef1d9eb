package io.pharos.oncall.episode;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.AlertCourse;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A notifier on virtual time whose episodes are recorded.
public final class EpisodeRig {
  /// What else runs in the process.
  public interface Extension {
    /// Nothing.
    Extension NONE =
        new Extension() {
          @Override
          public void starting(EpisodeRig rig) {}

          @Override
          public void tick() {}
        };

    /// Called at each start, before the notifier starts.
    void starting(EpisodeRig rig);

    /// Called twice in a second.
    void tick();
  }

  public static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [job]
        group_wait: 10s
        group_interval: 60s
        repeat_interval: 10m
      receivers:
        - {name: a, webhook_configs: [{url: 'http://a'}]}
      """;

  public final InMemoryEpisodeStore store = new InMemoryEpisodeStore();
  public final NotifierRig rig;
  public final String config;
  public EpisodeService service;
  private final Extension extension;

  public EpisodeRig(String config, Extension extension) {
    this.config = config;
    this.extension = extension;
    rig = new NotifierRig(config);
    rig.kill();
    start(Duration.ZERO);
  }

  EpisodeRig(String config) {
    this(config, Extension.NONE);
  }

  EpisodeRig() {
    this(CONFIG);
  }

  private void start(Duration away) {
    service =
        new EpisodeService(
            store, rig.outboxStore, AlertCourse.Source.NONE, rig.time, new SimpleMeterRegistry());
    rig.episodes = service;
    service.tick();
    extension.starting(this);
    rig.killAndStart(config, away);
  }

  /// Kills the process and starts it again.
  public void restart(double seconds) {
    start(Duration.ofMillis(Math.round(seconds * 1000)));
  }

  /// Lets time pass; the recorder runs every few seconds.
  public void advance(double seconds) {
    double left = seconds;
    while (left > 0) {
      double step = Math.min(left, extension == Extension.NONE ? 2.5 : 0.5);
      rig.advance(step);
      service.due().forEach(rig.dispatcher::flush);
      rig.time.settle();
      service.tick();
      extension.tick();
      rig.time.settle();
      left -= step;
    }
  }

  public void fire(String name, String severity) {
    post(name, severity, rig.time.instant(), rig.time.instant().plus(Duration.ofDays(30)));
  }

  public void resolve(String name, String severity) {
    post(name, severity, null, rig.time.instant());
  }

  private void post(String name, String severity, @Nullable Instant start, Instant end) {
    rig.post(name, Labels.of("severity", severity), start, end);
  }

  /// Fires an alert and waits for its page.
  public Episode paged(String name, String severity) {
    fire(name, severity);
    advance(15);
    rig.drain();
    return latest();
  }

  public Episode latest() {
    return store.ofLabels(Fingerprint.of(Labels.empty()), 1).getFirst();
  }

  public Episode acknowledge(@Nullable Duration length) {
    var outcome = service.acknowledge(latest().number(), "ann", "on it", length, "");
    assertThat(outcome).isInstanceOf(EpisodeService.Outcome.Done.class);
    return latest();
  }

  /// Returns the reasons of the messages since the last call.
  public List<String> reasons() {
    List<String> reasons =
        rig.messages.stream()
            .map(
                message ->
                    message.receiver()
                        + " "
                        + NotifierRig.Message.names(message.notification())
                        + ": "
                        + message.notification().reason())
            .toList();
    rig.messages.clear();
    return reasons;
  }

  public List<String> kinds() {
    return store.events(latest().number()).stream().map(event -> event.kind().text()).toList();
  }
}
