package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.Appender;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.ArrivalReportingStore;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.FailureOrigin;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Alerts that begin ahead of their slot, on a virtual clock.
class EarlyEvaluationTest {
  /// Rules with their own store, with or without early evaluation.
  private static final class World {
    final VirtualScheduler clock = new VirtualScheduler();
    final InMemoryStorage storage = new InMemoryStorage();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final ObservationGaps blindness = new ObservationGaps();
    final AtomicLong nanos = new AtomicLong();
    final EarlyEvaluation looks = new EarlyEvaluation(clock, nanos::get, this::execute, registry);

    /// Queue of deferred work; null to run work at once.
    @Nullable List<Runnable> later;

    final List<Alert> sent = new ArrayList<>();

    /// Sent alerts with their times: `12.5 firing {…}`.
    final List<Told> told = new ArrayList<>();

    final Engine engine = new Engine(storage, EngineOptions.defaults(), System::nanoTime, registry);
    final RuleManager rules;

    /// Duration of an evaluation.
    long lookTakes;

    World(boolean withLooks, long startMillis) {
      clock.set(Instant.ofEpochMilli(startMillis));
      rules =
          new RuleManager(
              new RuleContext(
                  this::evaluate,
                  RuleContext.NO_LOGS,
                  storage,
                  storage,
                  this::send,
                  clock,
                  registry,
                  RuleOptions.DEFAULT,
                  blindness,
                  new TimeContinuity(clock, blindness),
                  GapFills.NONE),
              clock,
              withLooks ? Optional.of(looks) : Optional.empty());
    }

    private void execute(Runnable work) {
      if (later == null) {
        work.run();
      } else {
        later.add(work);
      }
    }

    /// Pushes samples.
    void push(long millis, double value, Labels... series) {
      try (Appender appender = new ArrivalReportingStore(storage, looks).appender()) {
        for (Labels one : series) {
          appender.append(one, millis, value);
        }
        appender.commit();
      }
    }

    double count(String counter) {
      return registry.get(counter).counter().count();
    }

    private QueryResult evaluate(Query query) {
      nanos.addAndGet(lookTakes);
      return engine.evaluate(query);
    }

    private void send(List<Alert> alerts) {
      sent.addAll(alerts);
      for (Alert alert : alerts) {
        boolean over = !alert.endsAt().isAfter(clock.instant());
        told.add(new Told(clock.millis(), over, alert.labels()));
      }
    }

    void load(String rulesText, String interval) {
      rules.load(
          List.of(RuleFile.parse("f.yml", rulesText, ParserOptions.defaults())),
          RuleBench.settings(interval));
    }

    void store(Labels labels, long millis, double value) {
      try (var appender = storage.appender()) {
        appender.append(labels, millis, value);
        appender.commit();
      }
    }

    /// Runs everything that is due at a time.
    void tick(long millis) {
      clock.set(Instant.ofEpochMilli(millis));
      due(millis).forEach(job -> job.run(clock.instant()));
    }

    List<VirtualScheduler.Scheduled> due(long millis) {
      return clock.jobs.stream()
          .filter(job -> Math.floorMod(millis - job.offset.toMillis(), job.every.toMillis()) == 0)
          .toList();
    }

    long slotAfter(long millis) {
      VirtualScheduler.Scheduled job = clock.jobs.getFirst();
      long every = job.every.toMillis();
      return millis + every - Math.floorMod(millis - job.offset.toMillis(), every);
    }

    Map<String, RuleSnapshot.Alerting> byName() {
      var found = new HashMap<String, RuleSnapshot.Alerting>();
      for (GroupSnapshot group : rules.groups()) {
        for (RuleSnapshot rule : group.rules()) {
          if (rule instanceof RuleSnapshot.Alerting alerting) {
            found.put(alerting.name(), alerting);
          }
        }
      }
      return found;
    }

    Map<String, List<String>> written() {
      var written = new TreeMap<String, List<String>>();
      for (String metric : List.of("ALERTS", "ALERTS_FOR_STATE", "job:up:sum")) {
        SeriesSet series =
            storage.select(List.of(LabelMatcher.equal("__name__", metric)), 0, Long.MAX_VALUE);
        for (int i = 0; i < series.size(); i++) {
          var window = new SampleWindow();
          series.read(i, 0, Long.MAX_VALUE, window);
          var samples = new ArrayList<String>();
          for (int at = 0; at < window.size(); at++) {
            samples.add(
                window.timestamp(at)
                    + "="
                    + Long.toHexString(Double.doubleToRawLongBits(window.value(at))));
          }
          written.put(series.labels(i).toString(), samples);
        }
      }
      return written;
    }
  }

  private record Told(long at, boolean over, Labels labels) {}

  private static final String UP = "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]";
  private static final Labels TARGET = Labels.of("instance", "a:1", "job", "j");
  private static final Labels OTHER = Labels.of("instance", "a:1", "job", "k");

  private static World begun(String rules, String interval) {
    var world = new World(true, 0);
    world.load(rules, interval);
    long first = world.slotAfter(0);
    long every = Duration.ofMillis(world.slotAfter(first) - first).toMillis();
    for (int i = 0; i < 3; i++) { // the first two restore
      world.tick(first + i * every);
    }
    return world;
  }

  private static void scrape(
      World world, ArrivalListener.Source source, Labels target, double up, long nextMillis) {
    long now = world.clock.millis();
    world.store(target.with("__name__", "up"), now, up);
    source.stored(now, nextMillis, up == 0);
  }

  @Test
  void downTarget_isToldWhenItsScrapeIsStored_andTheSlotFindsTheSame() {
    World world = begun(UP, "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    long slot = world.slotAfter(world.clock.millis());
    world.clock.skip(Duration.ofSeconds(4));
    scrape(world, source, TARGET, 0, world.clock.millis() + 15_000);

    Instant told = world.clock.instant();
    assertThat(world.sent)
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.startsAt()).isEqualTo(told);
              assertThat(it.endsAt()).isAfter(told);
            });
    assertThat(world.written()).isEmpty();
    AlertSnapshot alert = world.byName().get("Down").alerts().getFirst();
    assertThat(alert.state()).isEqualTo(AlertState.FIRING);
    assertThat(alert.activeAt()).isEqualTo(told);

    world.tick(slot);
    assertThat(world.sent).hasSize(1);
    assertThat(world.byName().get("Down").alerts()).hasSize(1);
    assertThat(world.written().keySet()).hasSize(2).allMatch(it -> it.contains("ALERTS"));
  }

  @Test
  void scrapeThatIsDueBeforeTheSlot_leavesItToTheSlot() {
    World world = begun(UP, "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    long slot = world.slotAfter(world.clock.millis());
    world.clock.skip(Duration.ofSeconds(4));
    scrape(world, source, TARGET, 0, slot);
    assertThat(world.sent).isEmpty();

    world.tick(slot);
    assertThat(world.sent).hasSize(1);
  }

  @Test
  void otherTargetOfTheInstance_isWaitedForWhereTheRuleReadsIt() {
    World world =
        begun(
            """
            groups:
              - name: g
                rules:
                  - {alert: Any, expr: up == 0}
                  - {alert: OfJ, expr: 'up{job="j"} == 0'}
            """,
            "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    ArrivalListener.Source other = world.looks.source(OTHER, true);
    world.clock.skip(Duration.ofSeconds(4));
    long now = world.clock.millis();
    other.awaits(now + 1000);
    scrape(world, source, TARGET, 0, now + 15_000);
    assertThat(world.told).extracting(it -> it.labels.get("alertname")).containsExactly("OfJ");

    world.clock.skip(Duration.ofSeconds(1));
    scrape(world, other, OTHER, 1, now + 16_000);
    assertThat(world.told)
        .extracting(it -> it.labels.get("alertname"))
        .containsExactly("OfJ", "Any");
  }

  @Test
  void targetThatMayGiveSeriesOfOthers_isWaitedFor() {
    World world = begun(UP, "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    ArrivalListener.Source gateway = world.looks.source(Labels.of("instance", "gateway:1"), false);
    world.clock.skip(Duration.ofSeconds(4));
    long now = world.clock.millis();
    gateway.awaits(now + 1);
    scrape(world, source, TARGET, 0, now + 15_000);
    assertThat(world.sent).isEmpty();

    gateway.close();
    world.clock.skip(Duration.ofMillis(1));
    source.stored(now, now + 15_000, true);
    assertThat(world.sent).hasSize(1);
  }

  @Test
  void holdingTime_passesForReal_beforeALookMakesItFire() {
    World world =
        begun("groups: [{name: g, rules: [{alert: Down, expr: up == 0, for: 30s}]}]", "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    long slot = world.slotAfter(world.clock.millis());
    // First seen at the slot: its `for` starts there, although a scrape showed it earlier.
    world.clock.skip(Duration.ofSeconds(4));
    long scraped = world.clock.millis();
    world.store(TARGET.with("__name__", "up"), scraped, 0);
    world.tick(slot);
    world.tick(slot + 15_000);
    world.clock.set(Instant.ofEpochMilli(scraped + 30_000));
    scrape(world, source, TARGET, 0, scraped + 45_000);
    assertThat(world.sent).isEmpty();

    world.tick(slot + 30_000);
    assertThat(world.sent).hasSize(1);
  }

  @Test
  void holdingTime_countsFromTheLookThatSawItFirst() {
    World world =
        begun("groups: [{name: g, rules: [{alert: Down, expr: up == 0, for: 30s}]}]", "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    long slot = world.slotAfter(world.clock.millis());
    world.clock.skip(Duration.ofSeconds(4));
    long seen = world.clock.millis();
    for (int i = 0; i < 2; i++) {
      world.clock.set(Instant.ofEpochMilli(seen + i * 15_000L));
      scrape(world, source, TARGET, 0, seen + (i + 1) * 15_000L);
      world.tick(slot + i * 15_000L);
      assertThat(world.sent).isEmpty();
    }
    world.clock.set(Instant.ofEpochMilli(seen + 30_000));
    scrape(world, source, TARGET, 0, seen + 45_000);
    assertThat(world.sent).hasSize(1);
  }

  @Test
  void doubt_isLeftToTheSlot() {
    World world = begun(UP, "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    ObservationGaps.Source blind = world.blindness.source(TARGET, Duration.ZERO);
    world.clock.skip(Duration.ofSeconds(4));
    blind.lost(
        new FailureOrigin.Own(FailureOrigin.Kind.LIMIT, "too many"),
        world.clock.instant(),
        Set.of());
    scrape(world, source, TARGET, 0, world.clock.millis() + 15_000);
    assertThat(world.sent).isEmpty();
  }

  @Test
  void looks_haveAShareOfTheTime_andTargetsThatAreDownOneOfTheirOwn() {
    World world =
        begun(
            "groups: [{name: g, rules: [{alert: High, expr: x > 1}, {alert: Down, expr: up == 0}]}]",
            "15s");
    ArrivalListener.Source source = world.looks.source(TARGET, true);
    ArrivalListener.Source other =
        world.looks.source(Labels.of("instance", "b:1", "job", "j"), true);
    world.clock.skip(Duration.ofSeconds(4));
    long now = world.clock.millis();
    world.lookTakes = Duration.ofMillis(200).toNanos();
    source.stored(now, now + 15_000, false);
    source.stored(now, now + 15_000, false);
    assertThat(world.registry.get("pharos.rule.looks").counter().count()).isEqualTo(1);
    assertThat(world.registry.get("pharos.rule.looks.skipped").counter().count()).isEqualTo(1);

    world.store(Labels.of("__name__", "up", "instance", "b:1", "job", "j"), now, 0);
    world.lookTakes = 0;
    other.stored(now, now + 15_000, true);
    assertThat(world.told)
        .singleElement()
        .extracting(it -> it.labels.get("alertname"))
        .isEqualTo("Down");

    world.nanos.addAndGet(Duration.ofSeconds(10).toNanos());
    source.stored(now, now + 15_000, false);
    assertThat(world.registry.get("pharos.rule.looks").counter().count()).isEqualTo(4);
  }

  private static final String HIGH = "groups: [{name: g, rules: [{alert: High, expr: q > 1}]}]";
  private static final Labels Q = Labels.of("__name__", "q", "instance", "a:1");

  /// A series that arrived four times at intervals of ten seconds, and is due again just after a
  /// slot. Its last sample triggered one early evaluation.
  private static World pushed(String rules) {
    World world = begun(rules, "5s");
    world.clock.skip(Duration.ofMillis(50));
    for (int i = 0; i < 4; i++) {
      world.push(world.clock.millis(), 0, Q);
      world.tick(world.clock.millis() + 4950);
      world.tick(world.clock.millis() + 5000);
      world.clock.skip(Duration.ofMillis(50));
    }
    return world;
  }

  @Test
  void pushedSample_isToldWhenItIsStored_andTheSlotFindsTheSame() {
    World world = pushed(HIGH);
    long now = world.clock.millis();
    world.push(now, 2, Q);
    assertThat(world.told).extracting(Told::at).containsExactly(now);

    world.tick(world.slotAfter(now));
    assertThat(world.told).hasSize(1);
  }

  @Test
  void pushedSample_thatIsOlderThanTheLastSlot_isLeftToTheNext() {
    World world = pushed(HIGH);
    long now = world.clock.millis();
    world.push(now - 60, 2, Q);
    assertThat(world.told).isEmpty();
    assertThat(world.count("pharos.rule.looks")).isOne();

    world.tick(world.slotAfter(now));
    assertThat(world.told).hasSize(1);
  }

  @Test
  void sampleOfNoPace_isLeftToTheSlot() {
    World world = begun(HIGH, "5s");
    world.clock.skip(Duration.ofMillis(50));
    world.push(world.clock.millis(), 2, Q);
    assertThat(world.told).isEmpty();

    world.tick(world.slotAfter(world.clock.millis()));
    assertThat(world.told).hasSize(1);
  }

  @Test
  void whatNoRuleReads_costsNothing() {
    World world = pushed(HIGH);
    world.push(world.clock.millis(), 2, Q.with("__name__", "other"));
    assertThat(world.count("pharos.rule.looks")).isOne();
    assertThat(new World(true, 0).looks.batch()).isSameAs(ArrivalListener.Batch.IGNORED);
  }

  @Test
  void burstOfSmallBatches_isOneLook() {
    World world = pushed(HIGH);
    world.later = new ArrayList<>();
    long now = world.clock.millis();
    world.push(now, 2, Q);
    for (int i = 0; i < 1000; i++) {
      world.push(now, 2, Q.with("part", "p" + i));
    }
    assertThat(world.later).hasSize(1);
    world.later.getFirst().run();
    // The interval of the new series is not known yet.
    assertThat(world.count("pharos.rule.looks")).isOne();
    assertThat(world.told).isEmpty();
  }

  @Test
  void seriesOfOneSender_thatComeOneByOne_areLookedAtTogether_andTheLastIsWaitedFor() {
    World world = begun(HIGH, "5s");
    Labels[] parts = new Labels[50];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Q.with("part", "p" + i);
    }
    world.clock.skip(Duration.ofMillis(50));
    for (int i = 0; i < 4; i++) {
      world.push(world.clock.millis(), 0, parts);
      world.tick(world.clock.millis() + 4950);
      world.tick(world.clock.millis() + 5000);
      world.clock.skip(Duration.ofMillis(50));
    }
    long now = world.clock.millis();
    for (int i = 0; i < parts.length - 1; i++) {
      world.push(now, 2, parts[i]);
    }
    assertThat(world.count("pharos.rule.looks")).isOne();
    world.push(now, 2, parts[parts.length - 1]);
    assertThat(world.count("pharos.rule.looks")).isEqualTo(2);
    assertThat(world.told).hasSize(50);
  }

  @Test
  void pushedSamples_haveAShareOfTheTime() {
    World world = pushed(HIGH);
    world.lookTakes = Duration.ofMillis(200).toNanos();
    Labels other = Q.with("instance", "b:1");
    for (int i = 0; i < 4; i++) { // it has a pace
      world.push(world.clock.millis() - 40_000 + i * 10_000L, 0, other);
    }
    world.push(world.clock.millis(), 2, Q, other);
    assertThat(world.count("pharos.rule.looks")).isEqualTo(2);
    assertThat(world.count("pharos.rule.looks.skipped")).isOne();
    assertThat(world.told).hasSize(1);
  }

  private static final String CHAIN =
      """
      groups:
        - name: alerts
          interval: 10s
          rules: [{alert: High, expr: 'job:x:max > 1'}, {alert: Many, expr: 'instance:x:max > 1'}]
        - name: records
          interval: 60s
          rules:
            - {record: 'job:x:max', expr: 'max by (job) (x)'}
            - {record: 'instance:x:max', expr: 'max by (instance) (x)'}
      """;

  private static World recorded(int instances) {
    World world = new World(true, 0);
    world.load(CHAIN, "10s");
    for (long at = 1000; at <= 300_000; at += 1000) {
      world.tick(at);
    }
    long now = world.clock.millis();
    for (int i = 0; i < instances; i++) {
      world.store(Labels.of("__name__", "x", "job", "j", "instance", "i" + i), now, 2);
    }
    while (world.due(now).stream().noneMatch(job -> job.name.contains("records"))) {
      now += 1000;
      world.tick(now);
    }
    return world;
  }

  @Test
  void recordedSample_isToldWhenItsGroupWasEvaluated() {
    World world = recorded(2);
    assertThat(world.told)
        .allSatisfy(it -> assertThat(it.at).isEqualTo(world.clock.millis()))
        .extracting(it -> it.labels.get("alertname") + it.labels.get("instance"))
        .containsExactlyInAnyOrder("High", "Manyi0", "Manyi1");
    assertThat(world.slotAfter(world.clock.millis() - 1)).isNotEqualTo(world.clock.millis());
  }

  @Test
  void recordedSamplesOfManyInstances_areLeftToTheSlot() {
    World world = recorded(11);
    assertThat(world.told).isEmpty();
    assertThat(world.count("pharos.rule.looks.skipped")).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up == 0",
        "sum by (instance) (rate(e[1m])) / sum by (instance) (rate(r[1m])) > 0.1",
        "sum without (path) (rate(e[1m])) > on (instance) group_left x",
        "max_over_time((a - b)[5m:1m]) > 1 and on (instance, job) up == 1",
        "time() - t > 60",
        "histogram_quantile(0.9, sum by (instance, le) (rate(h_bucket[5m]))) > 1",
        "topk by (instance) (1, x) > 2 or y > 3",
      })
  void expressionThatKeepsInstancesApart_isOne(String text) {
    assertThat(InstanceIndependence.of(parsed(text), Set.of())).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sum(rate(e[1m])) > 1                        | puts instances together
          sum by (job) (up) < 1                       | puts instances together
          sum without (instance) (up) < 1             | puts instances together
          absent(up)                                  | comes of absence
          up unless x                                 | comes of absence
          x / on (job) group_left y > 1               | meets other instances
          x / ignoring (instance) y > 1               | meets other instances
          x > on () group_left vector(1)              | has no instance
          vector(time()) > 1                          | has no instance
          scalar(x) > bool 1                          | is a number
          label_replace(x, "instance", "a", "", "")   | renames instances
          count_values by (instance) ("v", x) > 1     | may rename instances
          x offset -1m > 1                            | looks ahead
          x @ 100 > 1                                 | looks elsewhere
          {job="a"} > 1                               | may read what is recorded
          """)
  void expressionThatDoesNot_isNone(String text, String reason) {
    assertThat(InstanceIndependence.of(parsed(text), Set.of())).as(reason).isEmpty();
  }

  private static RuleExpression parsed(String text) {
    return RuleExpression.Language.promql(ParserOptions.defaults()).parse(text);
  }

  private static final String RANDOM_RULES =
      """
      groups:
        - name: g
          rules:
            - {record: 'job:up:sum', expr: sum by (job) (up)}
            - {alert: Down, expr: up == 0}
            - {alert: DownLong, expr: up == 0, for: 20s}
            - {alert: DownHeld, expr: up == 0, for: 7s, keep_firing_for: 12s}
            - {alert: Errors, expr: 'sum by (instance) (rate(e[30s])) / sum by (instance) (rate(r[30s])) > 0.4'}
            - {alert: ErrorsLong, expr: 'sum by (instance) (rate(e[30s])) / sum by (instance) (rate(r[30s])) > 0.3', for: 10s}
            - {alert: Both, expr: 'up{job="j"} == 0 and on (instance) up{job="k"} == 0', for: 5s}
            - {alert: Peak, expr: 'max_over_time(x[20s]) > 0.9', for: 5s}
            - {alert: Few, expr: count by (instance) (up == 1) < 2}
            - {alert: All, expr: avg(up) < 0.5}
            - {alert: Recorded, expr: 'job:up:sum < 1'}
            - {alert: Named, expr: up == 0, labels: {who: '{{ $labels.job }}'}, annotations: {v: '{{ $value }}'}}
            - {alert: Failing, expr: probe_success == 0}
            - {alert: FailingLong, expr: 'probe_success == 0 and on (instance, probe) probe_up == 0', for: 9s}
            - {alert: Pushed, expr: q > 0.8}
            - {alert: PushedBoth, expr: 'max by (instance) (q) > 0.6 and on (instance) p > 0.6', for: 4s}
            - {alert: PushedAndUp, expr: 'p > 0.5 and on (instance) up == 1'}
            - {alert: Nameless, expr: n > 0.7, for: 3s}
            - {alert: OfGroup, expr: 'job:x:max > 0.9'}
            - {alert: OfInstance, expr: 'instance:x:max > 0.8 and on (instance) up == 1', for: 5s}
            - {alert: OfBoth, expr: 'job:x:max > on (job) job:q:sum'}
        - name: h
          interval: 7s
          rules:
            - {record: 'job:x:max', expr: max by (job) (x)}
            - {record: 'instance:x:max', expr: 'max by (instance) (x)'}
        - name: k
          interval: 4s
          rules:
            - {record: 'job:q:sum', expr: 'sum(q) / 4', labels: {job: j}}
      """;

  private static final class Target {
    final Labels labels;
    final long every;
    final long offset;
    final ArrivalListener.Source[] sources;
    boolean up = true;
    double errors;
    double requests;

    Target(Labels labels, long every, long offset, List<World> worlds) {
      this.labels = labels;
      this.every = every;
      this.offset = offset;
      this.sources =
          worlds.stream()
              .map(world -> world.looks.source(labels, true))
              .toArray(ArrivalListener.Source[]::new);
    }

    long after(long millis) {
      return millis + every - Math.floorMod(millis - offset, every);
    }
  }

  private static final class Probe {
    final Labels labels;
    final List<ArrivalListener.Source> sources;
    boolean up = true;

    Probe(Labels labels, List<World> worlds) {
      this.labels = labels;
      this.sources = worlds.stream().map(world -> world.looks.source(labels, true)).toList();
    }

    void run(List<World> worlds, long at, long next, Random random) {
      boolean was = up;
      up = random.nextInt(4) == 0 ? !up : up;
      for (int i = 0; i < worlds.size(); i++) {
        worlds.get(i).store(labels.with("__name__", "probe_success"), at, up ? 1 : 0);
        worlds.get(i).store(labels.with("__name__", "probe_up"), at, up ? 1 : 0);
        sources.get(i).stored(at, next, !up || !was);
      }
    }
  }

  private record Event(long at, int order, Runnable what) {}

  /// For the same samples, an alert fires ahead of a slot exactly if it fires at that slot without
  /// early evaluation. Resolutions and all written samples are the same.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18})
  void randomScrapes_fireTheSameAlertsOnlySooner_andNotBeforeTheirTime(int seed) {
    var random = new Random(seed * 0x9E3779B97F4A7C15L);
    long interval = List.of(1_000L, 2_000L, 5_000L, 15_000L).get(random.nextInt(4));
    long start = 1_000_000L;
    var plain = new World(false, start);
    var early = new World(true, start);
    List<World> worlds = List.of(plain, early);
    worlds.forEach(world -> world.load(RANDOM_RULES, interval / 1000 + "s"));

    var targets = new ArrayList<Target>();
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      for (String job : random.nextBoolean() ? List.of("j", "k") : List.of("j")) {
        long every = List.of(1_000L, 3_000L, 5_000L, 15_000L).get(random.nextInt(4));
        targets.add(
            new Target(
                Labels.of("instance", "i" + i, "job", job), every, random.nextLong(every), worlds));
      }
    }
    var events =
        new PriorityQueue<Event>(
            (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Integer.compare(a.order, b.order));
    // At the last slot only alerts are compared: a later early evaluation has no slot after it.
    long end = early.slotAfter(start + 40 * interval + 60_000);
    while (early.due(end).size() > 1) {
      end += interval;
    }
    long last = end;
    for (Target target : targets) {
      for (ArrivalListener.Source source : target.sources) {
        source.awaits(target.after(start));
      }
      for (long due = target.after(start); due < last; due += target.every) {
        long at = due;
        // Mostly at once; sometimes so late that slots come between.
        long took = random.nextInt(10) == 0 ? random.nextLong(target.every) : random.nextLong(30);
        events.add(new Event(due + took, 1, () -> scrape(random, target, worlds, at)));
      }
    }
    var slots = new TreeSet<Long>();
    for (VirtualScheduler.Scheduled job : early.clock.jobs) {
      long every = job.every.toMillis();
      long first = start + every - Math.floorMod(start - job.offset.toMillis(), every);
      for (long slot = first; slot <= last; slot += every) {
        slots.add(slot);
      }
    }
    for (long at : slots) {
      events.add(new Event(at, 0, () -> worlds.forEach(world -> world.tick(at))));
    }
    push(random, worlds, events, start, last);
    probe(random, worlds, events, start, last);
    Map<String, Long> seen = new HashMap<>();
    Map<String, Long> hold =
        Map.of(
            "DownLong",
            20_000L,
            "DownHeld",
            7_000L,
            "ErrorsLong",
            10_000L,
            "Both",
            5_000L,
            "Peak",
            5_000L,
            "FailingLong",
            9_000L,
            "PushedBoth",
            4_000L,
            "Nameless",
            3_000L,
            "OfInstance",
            5_000L);
    while (!events.isEmpty() && events.element().at <= last) {
      Event event = events.remove();
      worlds.forEach(world -> world.clock.set(Instant.ofEpochMilli(event.at)));
      event.what.run();
      var now = new HashMap<String, Long>();
      early
          .byName()
          .forEach(
              (name, rule) -> {
                for (AlertSnapshot alert : rule.alerts()) {
                  String key = name + alert.labels();
                  long since = seen.getOrDefault(key, event.at);
                  now.put(key, since);
                  if (alert.state() == AlertState.FIRING) {
                    assertThat(event.at - since)
                        .as(key)
                        .isGreaterThanOrEqualTo(hold.getOrDefault(name, 0L));
                  }
                }
              });
      seen.clear();
      seen.putAll(now);
    }

    List<Told> expected = firstOfEach(plain.told);
    List<Told> found = firstOfEach(early.told);
    assertThat(found).hasSameSizeAs(expected);
    int sooner = 0;
    var soonerAlerts = new HashSet<String>();
    for (int i = 0; i < expected.size(); i++) {
      Told one = expected.get(i);
      Told other = found.get(i);
      assertThat(other.labels).isEqualTo(one.labels);
      assertThat(other.over).isEqualTo(one.over);
      if (one.over) {
        assertThat(other.at).as("end of %s", one).isEqualTo(one.at);
      } else {
        assertThat(other.at).as("%s", one).isBetween(one.at - interval, one.at);
        if (other.at < one.at) {
          sooner++;
          soonerAlerts.add(one.labels.get("alertname"));
        }
      }
    }
    assertThat(early.written()).isEqualTo(plain.written());
    assertThat(sooner).isPositive();
    SOONER.addAll(soonerAlerts);
  }

  private static void push(
      Random random, List<World> worlds, PriorityQueue<Event> events, long start, long end) {
    int senders = 1 + random.nextInt(3);
    for (int i = 0; i < senders; i++) {
      String instance = "i" + i;
      List<Labels> series =
          List.of(
              Labels.of("__name__", "q", "instance", instance, "part", "a"),
              Labels.of("__name__", "q", "instance", instance, "part", "b"),
              Labels.of("__name__", "p", "instance", instance),
              Labels.of("__name__", "n", "sender", instance));
      long every = List.of(1_000L, 4_000L, 10_000L, 15_000L).get(random.nextInt(4));
      for (long due = start + random.nextLong(every); due < end; due += every) {
        // A lost sample, and one that is almost punctual.
        if (random.nextInt(15) == 0) {
          continue;
        }
        long at = due + random.nextLong(every / 50);
        long arrives = at + (random.nextInt(8) == 0 ? random.nextLong(every) : random.nextLong(40));
        // Shards arrive separately.
        int shards = 1 + random.nextInt(3);
        for (int shard = 0; shard < shards; shard++) {
          int which = shard;
          List<Labels> some =
              series.stream().filter(it -> series.indexOf(it) % shards == which).toList();
          events.add(
              new Event(
                  arrives + shard * random.nextLong(1, 30),
                  1,
                  () -> {
                    double value = random.nextDouble();
                    worlds.forEach(it -> it.push(at, value, some.toArray(Labels[]::new)));
                  }));
        }
      }
    }
  }

  private static void probe(
      Random random, List<World> worlds, PriorityQueue<Event> events, long start, long end) {
    for (int i = 0; i < 3; i++) {
      var probe =
          new Probe(Labels.of("instance", "i" + i % 2, "job", "probe", "probe", "p" + i), worlds);
      long every = List.of(2_000L, 5_000L, 15_000L).get(random.nextInt(3));
      long offset = random.nextLong(every);
      probe.sources.forEach(it -> it.awaits(start + offset));
      for (long due = start + offset; due < end; due += every) {
        long at = due;
        events.add(
            new Event(
                due + random.nextLong(random.nextInt(6) == 0 ? every : 50),
                1,
                () -> probe.run(worlds, at, at + every, random)));
      }
    }
  }

  /// What at least one random run found earlier.
  private static final Set<String> SOONER = ConcurrentHashMap.newKeySet();

  @AfterAll
  static void eachSource_wasWorthALook() {
    assertThat(SOONER)
        .contains("Down", "Failing", "FailingLong", "Pushed", "PushedBoth", "Nameless", "OfGroup");
  }

  /// The alternating starts and ends of each alert, without repeats.
  private static List<Told> firstOfEach(List<Told> told) {
    var last = new HashMap<Labels, Boolean>();
    var changes = new ArrayList<Told>();
    for (Told one : told) {
      Boolean before = last.put(one.labels, one.over);
      if (before == null || before != one.over) {
        changes.add(one);
      }
    }
    changes.sort(Comparator.comparing((Told it) -> it.labels.toString()));
    return changes;
  }

  private static void scrape(Random random, Target target, List<World> worlds, long at) {
    if (random.nextInt(6) == 0) {
      target.up = !target.up;
    }
    boolean notable = !target.up;
    target.requests += random.nextInt(100);
    target.errors += random.nextInt(3) == 0 ? random.nextInt(150) : 0;
    double x = random.nextDouble();
    for (int i = 0; i < worlds.size(); i++) {
      World world = worlds.get(i);
      world.store(target.labels.with("__name__", "up"), at, target.up ? 1 : 0);
      if (target.up) {
        world.store(target.labels.with("__name__", "e"), at, target.errors);
        world.store(target.labels.with("__name__", "r"), at, target.requests);
        world.store(target.labels.with("__name__", "x"), at, x);
      }
      target.sources[i].stored(at, target.after(at), notable);
    }
  }
}
