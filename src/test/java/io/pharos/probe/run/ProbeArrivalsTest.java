package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.storage.ArrivalListener;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is told of results, by a probe that runs at 3 s, 13 s, 23 s, …
class ProbeArrivalsTest {
  private static final PushTerms TERMS =
      new PushTerms(Duration.ofSeconds(20), Duration.ofSeconds(5), null, null);

  private final List<String> told = new ArrayList<>();
  private final ProbeArrivals arrivals =
      new ProbeArrivals(
          this::source,
          Labels.of("probe", "p"),
          Duration.ofSeconds(10),
          Duration.ofSeconds(3),
          Instant.ofEpochSecond(100));

  private ArrivalListener.Source source(Labels labels, boolean only) {
    assertThat(only).isTrue();
    return new ArrivalListener.Source() {
      @Override
      public void awaits(long millis) {
        told.add(labels.get("probe") + " awaits " + millis);
      }

      @Override
      public void stored(long millis, long nextMillis, boolean notable) {
        told.add(millis + ", next " + nextMillis + (notable ? " notable" : ""));
      }

      @Override
      public void close() {
        told.add("closed");
      }
    };
  }

  private static PushState heard(long millis, PushReport.Kind kind) {
    Instant now = Instant.ofEpochMilli(millis);
    return PushState.silent(now).withReport(new PushReport(kind, null, ""), now);
  }

  @Test
  void result_isToldWithTheNextTurn_andAsNotableAsLongAsItIsBad_andOnceMore() {
    arrivals.resultStored(103_001, false);
    arrivals.resultStored(113_000, true);
    arrivals.resultStored(124_000, false);
    arrivals.resultStored(133_000, false);
    arrivals.close();
    assertThat(told)
        .containsExactly(
            "p awaits 103000",
            "103001, next 113000",
            "113000, next 123000 notable",
            "124000, next 133000 notable",
            "133000, next 143000",
            "closed");
  }

  @Test
  void report_isFollowedByTheNextLook_orByTheNextReportWhereThatMayBeSooner() {
    PushState bad = heard(103_500, PushReport.Kind.FAILURE);
    arrivals.stateStored(103_500, bad, TERMS, true);
    arrivals.stateStored(113_000, bad, TERMS, true);
    assertThat(told.subList(1, 3))
        .containsExactly("103500, next 113000 notable", "113000, next 121500 notable");
  }

  @Test
  void nobodyKnows_whenARunEnds_orWhoNeverReportedDoes() {
    PushState running = heard(103_500, PushReport.Kind.SUCCESS);
    running =
        running.withReport(
            new PushReport(PushReport.Kind.START, null, ""), Instant.ofEpochMilli(104_000));
    arrivals.stateStored(104_000, running, TERMS, false);
    arrivals.stateStored(113_000, PushState.silent(Instant.ofEpochMilli(0)), TERMS, false);
    assertThat(told.subList(1, 3))
        .containsExactly("104000, next " + Long.MIN_VALUE, "113000, next " + Long.MIN_VALUE);
  }
}
