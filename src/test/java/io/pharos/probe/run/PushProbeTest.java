package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.protocol.Prober;
import io.pharos.schedule.JobScheduler;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A probe that is told, on a clock of the test's own: one report a minute, give or take 20 s.
class PushProbeTest {
  private static final String FILE =
      """
      probes:
        - name: cron
          interval: 60s
          push: {grace: 20s}
        - name: page
          parents: [cron]
          tcp: {host: 127.0.0.1, port: 1}
      """;

  @TempDir Path folder;

  private final InMemoryStorage storage = new InMemoryStorage();
  private final Map<String, Consumer<Instant>> jobs = new HashMap<>();
  private final ObservationGaps blindness = new ObservationGaps();
  private final JobScheduler scheduler =
      (name, every, offset, task) -> {
        jobs.put(name, task);
        return () -> jobs.remove(name);
      };
  private long now = 1_000_000;
  private TimeContinuity continuity;
  private ProbeRunner runner;

  @BeforeEach
  void begin() {
    start(Optional.empty());
  }

  private void start(Optional<Instant> lastAlive) {
    continuity = new TimeContinuity(() -> Instant.ofEpochMilli(now), blindness);
    var prober = new Prober(() -> Instant.ofEpochMilli(now));
    runner =
        new ProbeRunner(
            ProbeFile.parse("p.yml", FILE, folder),
            new ProbeRunner.Ports(
                storage,
                scheduler,
                () -> Instant.ofEpochMilli(now),
                new SimpleMeterRegistry(),
                blindness,
                continuity,
                PushStore.in(folder.resolve("push"), lastAlive),
                ArrivalListener.IGNORED),
            prober,
            prober::probe);
    runner.start();
  }

  @AfterEach
  void close() {
    runner.close();
  }

  /// Seconds in which Pharos looks every five, as it does.
  private void pass(int seconds) {
    for (int i = 0; i < seconds; i += 5) {
      now += 5000;
      jobs.get("probe-cron").accept(Instant.ofEpochMilli(now));
    }
  }

  private void report(PushReport.Kind kind) {
    assertThat(runner.accept("cron", new PushReport(kind, null, "as told"))).isPresent();
  }

  /// What a series says since a time, each change once.
  private List<String> samples(String metric) {
    var found = new ArrayList<String>();
    var set =
        storage.select(
            List.of(
                LabelMatcher.equal(Labels.METRIC_NAME, metric),
                LabelMatcher.equal("probe", "cron")),
            Long.MIN_VALUE,
            Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, Long.MIN_VALUE, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        double value = window.value(at);
        String text = StaleMarker.is(value) ? "stale" : GoFloat.plain(value);
        if (found.isEmpty() || !found.getLast().equals(text)) {
          found.add(text);
        }
      }
    }
    return found;
  }

  private String last() {
    return runner.status("cron").orElseThrow().last().map(it -> it.outcome().toString()).orElse("");
  }

  @Test
  void neverHeard_isNeitherUpNorDown_andIsTold() {
    pass(300);

    assertThat(samples("probe_success")).isEmpty();
    assertThat(samples("probe_up")).isEmpty();
    assertThat(samples("probe_undecided")).containsExactly("1");
    assertThat(samples("probe_push_unheard")).containsExactly("1");
    assertThat(blindness.gaps()).isEmpty();
  }

  @Test
  void silence_isAFailure_untilItIsHeardAgain() {
    report(PushReport.Kind.SUCCESS);
    pass(80);
    assertThat(samples("probe_up")).containsExactly("1");
    pass(5);
    assertThat(samples("probe_up")).containsExactly("1", "0");
    assertThat(last()).contains("no report arrived since", "expected one by");
    report(PushReport.Kind.SUCCESS);

    assertThat(samples("probe_up")).containsExactly("1", "0", "1");
    assertThat(samples("probe_success")).containsExactly("1", "0", "1");
  }

  @Test
  void failure_isToldAtOnce() {
    report(PushReport.Kind.START);
    pass(10);
    assertThat(samples("probe_push_running")).containsExactly("1");
    assertThat(runner.accept("cron", new PushReport(PushReport.Kind.FAILURE, 7, "disk full")))
        .contains(Instant.ofEpochMilli(now + 80_000));

    assertThat(samples("probe_up")).containsExactly("0");
    assertThat(samples("probe_push_exit_code")).containsExactly("7");
    assertThat(samples("probe_push_run_seconds")).containsExactly("10");
    assertThat(last())
        .isEqualTo("Failure[reason=the job reported a failure with exit code 7: disk full]");
  }

  @Test
  void silence_ofAParent_holdsItsChildrenBack() {
    report(PushReport.Kind.SUCCESS);
    pass(90);
    jobs.get("probe-page").accept(Instant.ofEpochMilli(now));

    var set =
        storage.select(
            List.of(LabelMatcher.equal(Labels.METRIC_NAME, "probe_parent_down")), 0, now);
    var window = new SampleWindow();
    set.read(0, 0, now, window);
    assertThat(window.value(0)).isEqualTo(1);
  }

  @Test
  void restart_whileItWasDue_decidesNothing_untilAnotherIntervalPasses() {
    report(PushReport.Kind.SUCCESS);
    pass(30);
    Instant end = Instant.ofEpochMilli(now);
    runner.close();
    now += 60_000;
    start(Optional.of(end));
    pass(30);

    assertThat(samples("probe_up")).containsExactly("1");
    assertThat(samples("probe_undecided")).containsExactly("1");
    assertThat(last()).contains("may have been sent while Pharos could not receive it");
    pass(30);
    assertThat(samples("probe_up")).containsExactly("1", "0");
  }

  @Test
  void restart_beforeItIsDue_knowsWhatWasAndWhenItIsLate() {
    report(PushReport.Kind.SUCCESS);
    Instant end = Instant.ofEpochMilli(now);
    runner.close();
    now += 10_000;
    start(Optional.of(end));
    pass(5);
    assertThat(samples("probe_undecided")).isEmpty();
    pass(65);
    assertThat(samples("probe_up")).containsExactly("1");
    pass(10);

    assertThat(samples("probe_up")).containsExactly("1", "0");
  }

  @Test
  void restart_afterAFailure_theFailureGoesOn() {
    report(PushReport.Kind.FAILURE);
    pass(5);
    Instant end = Instant.ofEpochMilli(now);
    runner.close();
    now += 600_000;
    start(Optional.of(end));
    pass(30);

    assertThat(samples("probe_up")).containsExactly("0");
    assertThat(samples("probe_undecided")).isEmpty();
  }

  @Test
  void stateLost_isAsIfItHadNeverReported() {
    report(PushReport.Kind.SUCCESS);
    runner.close();
    now += 600_000;
    runner =
        new ProbeRunner(
            ProbeFile.parse("p.yml", FILE, folder),
            new ProbeRunner.Ports(
                storage,
                scheduler,
                () -> Instant.ofEpochMilli(now),
                new SimpleMeterRegistry(),
                blindness,
                continuity,
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    runner.start();
    pass(600);

    assertThat(samples("probe_up")).containsExactly("1");
    assertThat(samples("probe_undecided")).containsExactly("1");
  }

  @Test
  void standstill_whileItWasDue_isNoFailure() {
    report(PushReport.Kind.SUCCESS);
    pass(30);
    now += 120_000;
    pass(20);

    assertThat(samples("probe_up")).containsExactly("1", "stale");
    assertThat(samples("probe_undecided")).containsExactly("1");
    report(PushReport.Kind.SUCCESS);
    assertThat(last()).isEqualTo("Success[]");
  }

  @Test
  void clockSetBack_reportsCountAsOfNow_andNothingIsWritten() {
    report(PushReport.Kind.SUCCESS);
    pass(30);
    now -= 20_000;
    pass(5);
    report(PushReport.Kind.SUCCESS);
    assertThat(blindness.gaps()).anyMatch(spot -> spot.labels().get("probe").equals("cron"));
    pass(60);

    assertThat(samples("probe_up")).containsExactly("1");
    assertThat(samples("probe_undecided")).isEmpty();
  }

  @Test
  void reload_sameName_keepsWhatWasHeard_andOtherIsForgotten() {
    report(PushReport.Kind.SUCCESS);
    runner.reload(ProbeFile.parse("p.yml", FILE.replace("grace: 20s", "grace: 30s"), folder));
    assertThat(last()).isEqualTo("Success[]");
    runner.reload(List.of());
    runner.reload(ProbeFile.parse("p.yml", FILE, folder));

    assertThat(last()).isEmpty();
    assertThat(runner.accept("page", new PushReport(PushReport.Kind.SUCCESS, null, ""))).isEmpty();
    assertThat(runner.accept("nobody", new PushReport(PushReport.Kind.SUCCESS, null, "")))
        .isEmpty();
    assertThat(runner.once("cron").orElseThrow().outcome().word()).isEqualTo("unknown");
  }
}
