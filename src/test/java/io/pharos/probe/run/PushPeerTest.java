package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.PushReport.Kind;
import io.pharos.schedule.VirtualJobs;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two Pharos that listen for one job of cron, which reports once a minute, give or take 20 s, to
/// one of them.
class PushPeerTest {
  private static final PushReport SUCCESS = new PushReport(Kind.SUCCESS, 0, "done");
  private static final PushReport FAILURE = new PushReport(Kind.FAILURE, 7, "disk full");

  private final VirtualTime time = new VirtualTime();
  private final VirtualJobs jobs = new VirtualJobs(time);
  private final Side one = new Side("a1");
  private final Side two = new Side("b1");

  PushPeerTest() {
    one.beside(two);
    two.beside(one);
  }

  @AfterEach
  void close() {
    one.runner.close();
    two.runner.close();
  }

  /// A Pharos.
  private final class Side {
    private final InMemoryStorage storage = new InMemoryStorage();
    private final ProbeRunner runner =
        new ProbeRunner(
            ProbeFile.parse(
                "p.yml", "probes: [{name: cron, interval: 60s, push: {grace: 20s}}]", Path.of("")),
            new ProbeRunner.Ports(
                storage,
                jobs,
                time,
                new SimpleMeterRegistry(),
                new ObservationGaps(),
                new TimeContinuity(time, new ObservationGaps()),
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    private PushLedger ledger;
    private boolean cut;

    Side(String id) {
      ledger = new PushLedger(id, time.instant());
    }

    void beside(Side other) {
      PushPeer.Source source =
          (id, after) -> {
            if (cut || other.cut) {
              throw new IOException("no route");
            }
            return other.ledger.after(id, after);
          };
      var peer = new PushPeer("other", source, runner, time);
      runner.shareReports(ledger, List.of(peer));
      jobs.schedule("push-peer", Duration.ofSeconds(5), Duration.ZERO, _ -> peer.poll());
      runner.start();
    }

    void restart(String id) {
      ledger = new PushLedger(id, time.instant());
      runner.shareReports(ledger, List.of());
    }

    void hear(PushReport report) {
      assertThat(runner.accept("cron", report)).isPresent();
    }

    String outcome() {
      return runner
          .status("cron")
          .orElseThrow()
          .last()
          .map(it -> it.outcome().toString())
          .orElse("nothing");
    }

    /// All values that a series ever had.
    Set<Double> values(String metric) {
      var values = new HashSet<Double>();
      var set =
          storage.select(
              List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)), 0, Long.MAX_VALUE);
      for (int i = 0; i < set.size(); i++) {
        var window = new SampleWindow();
        set.read(i, 0, Long.MAX_VALUE, window);
        for (int at = 0; at < window.size(); at++) {
          if (!Double.isNaN(window.value(at))) {
            values.add(window.value(at));
          }
        }
      }
      return values;
    }
  }

  private void pass(int seconds) {
    time.advance(Duration.ofSeconds(seconds));
  }

  @Test
  void reportsThatReachOne_countAtBoth() {
    for (int minute = 0; minute < 30; minute++) {
      one.hear(SUCCESS);
      pass(60);
    }
    assertThat(two.values("probe_up")).containsExactly(1.0);
    assertThat(two.outcome()).isEqualTo("Success[]");
    assertThat(one.values("probe_up")).containsExactly(1.0);
  }

  @Test
  void reportsThatReachTheOneOrTheOther_countAtBoth() {
    for (int minute = 0; minute < 30; minute++) {
      (minute % 3 == 0 ? one : two).hear(SUCCESS);
      pass(60);
    }
    assertThat(one.values("probe_up")).containsExactly(1.0);
    assertThat(two.values("probe_up")).containsExactly(1.0);
  }

  @Test
  void reportThatComesNowhere_isMissingAtBoth() {
    one.hear(SUCCESS);
    pass(115);
    assertThat(one.outcome()).startsWith("Failure[reason=no report arrived since");
    assertThat(two.outcome()).startsWith("Failure[reason=no report arrived since");
  }

  @Test
  void failureAtOne_isOneAtBoth_andEndsAtBoth_withASuccessAtTheOther() {
    one.hear(FAILURE);
    pass(6);
    assertThat(two.outcome())
        .isEqualTo("Failure[reason=the job reported a failure with exit code 7: disk full]");
    two.hear(SUCCESS);
    pass(6);
    assertThat(one.outcome()).isEqualTo("Success[]");
    assertThat(one.values("probe_push_exit_code")).containsExactlyInAnyOrder(7.0, 0.0);
  }

  /// For as long as it is away: what it may have heard is unknown, and nobody is down.
  @Test
  void peerThatIsAway_leavesWhatIsMissingUnknown_andNeverDown() {
    one.hear(SUCCESS);
    pass(10);
    one.cut = true;
    for (int minute = 0; minute < 30; minute++) {
      pass(60);
      one.hear(SUCCESS);
    }
    assertThat(two.values("probe_up")).containsExactly(1.0);
    assertThat(two.outcome()).startsWith("Unknown[");
    assertThat(one.values("probe_up")).containsExactly(1.0);

    one.cut = false;
    pass(6);
    assertThat(two.outcome()).isEqualTo("Success[]");
    pass(100);
    assertThat(two.outcome()).startsWith("Failure[");
  }

  @Test
  void peerThatComesBack_andHeardNothingEither_isBelieved() {
    one.hear(SUCCESS);
    pass(10);
    two.cut = true;
    pass(600);
    assertThat(two.outcome()).startsWith("Unknown[");
    two.cut = false;
    pass(160);
    assertThat(two.outcome()).startsWith("Failure[reason=no report arrived since");
  }

  /// A gap of a few seconds changes nothing: what is late is late.
  @Test
  void peerThatIsAwayForAMoment_delaysWhatIsMissing_byNoMoreThanThat() {
    one.hear(SUCCESS);
    pass(70);
    two.cut = true;
    pass(14);
    two.cut = false;
    pass(35);
    assertThat(two.outcome()).startsWith("Failure[");
  }

  /// The report came to a process that is gone, with the report.
  @Test
  void peerThatWasRestarted_mayHaveLostWhatCameMeanwhile() {
    one.hear(SUCCESS);
    pass(10);
    one.cut = true;
    pass(62);
    one.hear(SUCCESS);
    one.restart("a2");
    one.cut = false;
    pass(60);
    assertThat(two.outcome()).startsWith("Unknown[");
    assertThat(two.values("probe_up")).containsExactly(1.0);
    one.hear(SUCCESS);
    pass(6);
    assertThat(two.outcome()).isEqualTo("Success[]");
  }

  @Test
  void ownReportThatIsNewer_isNotUndoneByAnOlderOfThePeer() {
    two.cut = true;
    one.hear(FAILURE);
    pass(1);
    two.hear(SUCCESS);
    two.cut = false;
    pass(10);
    assertThat(two.outcome()).isEqualTo("Success[]");
    assertThat(one.outcome()).isEqualTo("Success[]");
  }

  @Test
  void whatAPeerTells_isToldToNobody() {
    one.hear(SUCCESS);
    pass(30);
    assertThat(one.ledger.after("", 0).entries()).hasSize(1);
    assertThat(two.ledger.after("", 0).entries()).isEmpty();
  }

  @Test
  void ledger_tellsInPages_andSaysWhatItNoLongerHas() {
    var ledger = new PushLedger("aa", time.instant());
    for (int i = 0; i < PushLedger.MAX_REPORTS + 3; i++) {
      ledger.add("p" + i, time.instant(), SUCCESS);
    }
    PushLedger.Page first = ledger.after("", 0);
    assertThat(first.oldest()).isEqualTo(4);
    assertThat(first.entries()).hasSize(PushLedger.MAX_PAGE_SIZE);
    assertThat(first.entries().getFirst().probe()).isEqualTo("p3");
    assertThat(first.more()).isTrue();
    PushLedger.Page last = ledger.after("aa", PushLedger.MAX_REPORTS + 2);
    assertThat(last.entries()).hasSize(1);
    assertThat(last.more()).isFalse();
    assertThat(ledger.after("aa", PushLedger.MAX_REPORTS + 3).entries()).isEmpty();
    assertThat(ledger.after("bb", 5000).entries().getFirst().number()).isEqualTo(4);
  }

  /// More came than it keeps: what is gone may have been anything.
  @ParameterizedTest
  @ValueSource(ints = {1, PushLedger.MAX_REPORTS + 5})
  void reportsThatThePeerNoLongerHas_areATimeInWhichNobodyListened(int reports) {
    var deaf = new ArrayList<String>();
    var ledger = new PushLedger("aa", time.instant());
    var taker =
        new PushPeer.Receiver() {
          private int heard;

          @Override
          public void acceptFromPeer(String probe, PushReport report, java.time.Instant at) {
            heard++;
          }

          @Override
          public void addGap(java.time.Instant from, java.time.Instant to) {
            deaf.add(Duration.between(from, to).toString());
          }
        };
    var peer = new PushPeer("other", ledger::after, taker, time);
    peer.poll();
    pass(10);
    for (int i = 0; i < reports; i++) {
      ledger.add("p", time.instant(), SUCCESS);
    }
    peer.poll();
    assertThat(taker.heard).isEqualTo(Math.min(reports, PushLedger.MAX_REPORTS));
    assertThat(deaf).isEqualTo(reports == 1 ? List.of() : List.of("PT10S"));
    assertThat(peer.knownUntil()).isEqualTo(time.instant());
  }
}
