package io.pharos.server.web.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.prometheus.SampleLimits;
import io.pharos.ingest.scrape.ScrapeRecord;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.Health;
import io.pharos.model.Labels;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.run.ProbeStatus;
import io.pharos.probe.run.ProbeTargetState;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.trouble.FailureOrigin;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WatchListTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant SINCE = NOW.minusSeconds(600);

  /// Script, markup, quotes, a change of direction, and a word of 10 KB.
  private static final List<String> HOSTILE =
      List.of(
          "<script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "\u202egnp.exe",
          "{#include base}{cdi:x}",
          "x".repeat(10_000),
          "a\nb\tc\u0000d",
          "'; drop table targets; --",
          "&lt;b&gt;",
          "javascript:alert(1)",
          "\ud83d\ude31\u0301\u0301");

  private static Watched target(
      String job, String instance, Health health, String error, SampleLimits limits, int samples) {
    return target(job, instance, health, error, limits, samples, null);
  }

  private static Watched target(
      String job,
      String instance,
      Health health,
      String error,
      SampleLimits limits,
      int samples,
      Instant expiry) {
    Labels labels = Labels.of("job", job, "instance", instance);
    return Watched.of(
        new ActiveTarget(
            labels,
            labels,
            job,
            "http://" + instance + "/metrics",
            "http://" + instance + "/metrics",
            error,
            NOW.minusSeconds(5),
            Duration.ofMillis(12),
            health,
            Duration.ofSeconds(15),
            Duration.ofSeconds(10),
            Map.of(),
            Duration.ZERO,
            limits,
            NOW.plusSeconds(10),
            new ScrapeRecord(
                List.of(
                    new ScrapeRecord.Scrape(SINCE.toEpochMilli(), 12, Health.UP, ""),
                    new ScrapeRecord.Scrape(NOW.minusSeconds(5).toEpochMilli(), 12, health, error)),
                SINCE,
                false,
                new ScrapeRecord.Cost(samples, samples, 0, 2048),
                expiry)),
        NOW);
  }

  private static Watched up(String job, String instance) {
    return target(job, instance, Health.UP, "", SampleLimits.NONE, 10);
  }

  private static Watched down(String job, String instance) {
    return target(job, instance, Health.DOWN, "connection refused", SampleLimits.NONE, 10);
  }

  private static Watched probe(
      String more, ProbeTargetState.State state, ProbeOutcome... outcomes) {
    ProbeConfig config =
        ProbeFile.parse(
                "probes/x.yml",
                "probes: [{name: shop, " + more + "tcp: {host: 10.0.0.1, port: 80}}]",
                Path.of("probes"))
            .getFirst();
    var results = new ArrayList<ProbeResult>();
    for (ProbeOutcome outcome : outcomes) {
      results.add(
          new ProbeResult(
              "shop",
              NOW.minusSeconds(30L * (outcomes.length - results.size())),
              Duration.ofMillis(3),
              outcome,
              1,
              ProbeObservations.NONE));
    }
    return Watched.of(new ProbeStatus(config, results, state, false, NOW.plusSeconds(3)), NOW);
  }

  private static WatchList list(WatchSearch search, List<Watched> all) {
    return WatchList.of(
        all,
        new TargetsSnapshot(List.of(), List.of(), List.of()),
        search,
        UnaryOperator.identity(),
        NOW);
  }

  private static WatchList list(Watched... all) {
    return list(WatchSearch.of(null, null, null, null, 1), List.of(all));
  }

  @Test
  void list_allUp_saysSoAndFoldsAll() {
    WatchList list = list(up("shop", "a:1"), up("shop", "b:1"), up("db", "c:1"));

    assertThat(list.verdict().state()).isEqualTo("ok");
    assertThat(list.verdict().sentence()).isEqualTo("All 3 are up.");
    assertThat(list.rows()).isEmpty();
    assertThat(list.groups()).extracting(WatchList.Group::name).containsExactly("shop", "db");
    assertThat(list.groups().getFirst().counts()).isEqualTo("2 targets");
  }

  @Test
  void list_oneDown_isFirstWithItsReasonAndSince() {
    WatchList list = list(up("shop", "a:1"), down("db", "b:1"));

    assertThat(list.verdict().state()).isEqualTo("firing");
    assertThat(list.verdict().sentence()).isEqualTo("1 of 2 is down: b:1.");
    assertThat(list.rows()).extracting(WatchRow::reason).containsExactly("connection refused");
    assertThat(list.rows().getFirst().since().ago()).isEqualTo("10 min ago");
    assertThat(list.groups()).extracting(WatchList.Group::name).containsExactly("db", "shop");
  }

  @Test
  void list_ownTrouble_isUnknownAndNeverDown() {
    WatchList list =
        list(
            up("shop", "a:1"),
            target("shop", "b:1", Health.UNKNOWN, "no descriptors", SampleLimits.NONE, 0));

    assertThat(list.verdict().state()).isEqualTo("unknown");
    assertThat(list.verdict().sentence())
        .isEqualTo("Pharos does not know the state of 1 of 2: b:1.");
  }

  @Test
  void list_nothing_isNotCalledFine() {
    assertThat(list().verdict().state()).isEqualTo("unknown");
    assertThat(list().verdict().sentence()).isEqualTo("Nothing is watched yet.");
  }

  @Test
  void list_twoThousandTargets_showsOneScreenAndPages() {
    List<Watched> all =
        IntStream.range(0, 2000)
            .mapToObj(i -> i % 4 == 0 ? down("j" + i % 7, "h" + i) : up("j" + i % 7, "h" + i))
            .toList();

    WatchList list = list(WatchSearch.of(null, null, null, null, 2), all);

    assertThat(list.verdict().sentence()).startsWith("500 of 2000 are down: ");
    assertThat(list.rows()).hasSize(WatchList.URGENT_ROWS);
    assertThat(list.pages())
        .extracting(WatchList.Hop::text)
        .containsExactly("Previous", "Page 2 of 84", "Next");
    assertThat(list.groups()).hasSize(7);
    assertThat(list.groups()).allMatch(group -> group.rows().size() == 5 && group.more() > 200);
    assertThat(list(WatchSearch.of("h12", null, null, null, 1), all).found())
        .isEqualTo("111 results.");
  }

  @Test
  void list_pageBehindTheLast_isTheLast() {
    WatchList list =
        list(WatchSearch.of(null, "down", null, null, 9), List.of(down("a", "b"), up("a", "c")));

    assertThat(list.rows()).hasSize(1);
    assertThat(list.pages()).isEmpty();
  }

  @Test
  void target_nearItsLimit_isDegradedWithTheLimitsName() {
    Watched one = target("shop", "a:1", Health.UP, "", new SampleLimits(100, 0, 0, 0, 0, 0), 81);

    assertThat(one.standing()).isEqualTo(WatchState.DEGRADED);
    assertThat(one.reason()).isEqualTo("It has 81 samples; sample_limit is 100.");
  }

  @Test
  void target_whoseCertificateExpiresSoon_isDegraded() {
    Instant soon = NOW.plus(Duration.ofDays(3));
    Watched one = target("a", "b", Health.UP, "", SampleLimits.NONE, 1, soon);

    assertThat(one.standing()).isEqualTo(WatchState.DEGRADED);
    assertThat(one.reason()).isEqualTo("Its certificate expires in 3 d.");
    assertThat(WatchRow.of(one, NOW).expiry()).isEqualTo("certificate 3 d");
  }

  @Test
  void probe_failingLessOftenThanDownAfter_isDegradedNotDown() {
    Watched one =
        probe(
            "down_after: 3, ",
            ProbeTargetState.State.UP,
            new ProbeOutcome.Success(),
            new ProbeOutcome.Failure("refused"));

    assertThat(one.standing()).isEqualTo(WatchState.DEGRADED);
    assertThat(one.reason())
        .isEqualTo("It fails, but counts as down only after 3 failures in a row: refused");
  }

  @Test
  void probe_down_countsSinceItsFirstFailure() {
    Watched one =
        probe(
            "",
            ProbeTargetState.State.DOWN,
            new ProbeOutcome.Success(),
            new ProbeOutcome.Failure("one"),
            new ProbeOutcome.Failure("two"));

    assertThat(one.standing()).isEqualTo(WatchState.DOWN);
    assertThat(one.since()).isEqualTo(NOW.minusSeconds(60));
    assertThat(one.isOlder()).isFalse();
    assertThat(one.reason()).isEqualTo("two");
  }

  @Test
  void probe_ownTroubleAfterFailures_isUnknown() {
    Watched one =
        probe(
            "",
            ProbeTargetState.State.DOWN,
            new ProbeOutcome.Failure("refused"),
            new ProbeOutcome.Unknown(FailureOrigin.Kind.DESCRIPTORS, "no descriptors"));

    assertThat(one.standing()).isEqualTo(WatchState.UNKNOWN);
  }

  @Test
  void probe_neverRun_isUnknown() {
    Watched one = probe("", ProbeTargetState.State.UNDECIDED);

    assertThat(one.standing()).isEqualTo(WatchState.UNKNOWN);
    assertThat(one.reason()).isEqualTo("It has not run yet.");
  }

  @Test
  void bars_ofEachResult_differInStateHeightAndWords() {
    HistoryBars bars =
        CheckBars.of(
            probe(
                    "",
                    ProbeTargetState.State.DOWN,
                    new ProbeOutcome.Success(),
                    new ProbeOutcome.Failure("refused"),
                    new ProbeOutcome.Unknown(FailureOrigin.Kind.LIMIT, "no room"))
                .checks(50));

    assertThat(bars.bars()).hasSize(CheckBars.MAX);
    List<HistoryBars.Bar> last = bars.bars().subList(CheckBars.MAX - 3, CheckBars.MAX);
    assertThat(last).extracting(HistoryBars.Bar::state).containsExactly("up", "down", "unknown");
    assertThat(last).extracting(HistoryBars.Bar::height).doesNotHaveDuplicates();
    assertThat(last.get(1).text()).isEqualTo("Sat 11:59:00 UTC: down in 3 ms: refused");
    assertThat(bars.text()).isEqualTo("the last 3 checks: 1 up, 1 down, 1 unknown");
  }

  @Test
  void rows_ofLongTexts_areCut() {
    for (String text : HOSTILE) {
      WatchRow row = WatchRow.of(target(text, text, Health.DOWN, text, SampleLimits.NONE, 1), NOW);

      assertThat(row.name().length()).isLessThan(400);
      assertThat(row.reason().length()).isLessThan(700);
      assertThat(row.page()).matches("/targets/[0-9a-f]{16}");
    }
  }

  @Test
  void search_text_findsLabelsAddressesAndErrors() {
    Watched one = down("shop", "a:1");

    for (String text : List.of("shop", "A:1 refused", "instance=", "metrics")) {
      assertThat(WatchSearch.of(text, null, null, null, 1).matches(one)).as(text).isTrue();
    }
    assertThat(WatchSearch.of("shop nothing", null, null, null, 1).matches(one)).isFalse();
    assertThat(WatchSearch.of(null, "up", null, null, 1).matches(one)).isFalse();
    assertThat(WatchSearch.of(null, null, "probe", null, 1).matches(one)).isFalse();
  }

  @Test
  void watchers_rules_mustAcceptTheTargetsLabels() {
    Labels labels = Labels.of("job", "shop", "instance", "a:1");

    assertThat(Watchers.reads("up{job=\"shop\"} == 0", labels, "up"::equals)).isTrue();
    assertThat(Watchers.reads("up{job=\"db\"} == 0", labels, "up"::equals)).isFalse();
    assertThat(Watchers.reads("up{path=\"/a\"} == 0", labels, "up"::equals)).isTrue();
    assertThat(Watchers.reads("down", labels, "up"::equals)).isFalse();
    assertThat(Watchers.reads("up{", labels, "up"::equals)).isFalse();
  }
}
