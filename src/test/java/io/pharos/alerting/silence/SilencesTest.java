package io.pharos.alerting.silence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.MatcherParser;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SilencesTest {
  private final VirtualTime time = new VirtualTime();
  private final InMemorySilenceStore store = new InMemorySilenceStore();
  private int ids;
  private final Silences silences = new Silences(store, time, () -> "id" + ++ids);

  private Silence silence(String id, String matchers, long startsIn, long endsIn) {
    Instant now = time.instant();
    return new Silence(
        id,
        MatcherParser.parseMatchers(matchers),
        now.plusSeconds(startsIn),
        now.plusSeconds(endsIn),
        now,
        "ann",
        "why");
  }

  private Silences bounded(long most) {
    var values = new MemoryBounds.Values(1 << 20, Map.of(MemoryBound.SILENCES, most));
    return new Silences(
        store, time, () -> "id" + ++ids, new MemoryBounds(values, time, new SimpleMeterRegistry()));
  }

  @Test
  void storeUnavailableAtTheStart_nothingIsMutedOrListed_untilItReturns() {
    silences.set(silence("", "a=b", 0, 600));
    store.failing = true;
    var late = new Silences(store, time, () -> "late");

    assertThat(late.mutedBy(Labels.of("a", "b"))).isEmpty();
    assertThatThrownBy(late::list).hasMessageContaining("away");
    assertThatThrownBy(() -> late.get("id1")).hasMessageContaining("away");
    assertThatThrownBy(() -> late.expire("id1")).hasMessageContaining("away");
    assertThatThrownBy(() -> late.set(silence("", "a=c", 0, 600))).hasMessageContaining("away");

    store.failing = false;
    late.refresh();
    assertThat(late.mutedBy(Labels.of("a", "b"))).containsExactly("id1");
    assertThat(late.list()).hasSize(1);
  }

  @Test
  void set_asManyAsThereMayBe_isRefusedUntilOneIsExpired() {
    Silences few = bounded(2);
    few.set(silence("", "a=b", 0, 600));
    String id = ((Silences.SetOutcome.Stored) few.set(silence("", "a=c", 0, 600))).id();

    assertThat(few.set(silence("", "a=d", 0, 600)))
        .isInstanceOfSatisfying(
            Silences.SetOutcome.Full.class,
            full -> assertThat(full.message()).contains("2 (--limits.silences)"));
    assertThat(few.set(silence(id, "a=c", 0, 700))).isEqualTo(new Silences.SetOutcome.Stored(id));

    few.expire(id);
    time.advance(Duration.ofSeconds(1));
    assertThat(few.set(silence("", "a=d", 0, 600))).isInstanceOf(Silences.SetOutcome.Stored.class);
    assertThat(few.get(id)).isEmpty();
    assertThat(store.load()).hasSize(2);
  }

  @Test
  void set_moreTextThanASilenceMayHave_isInvalid() {
    Instant now = time.instant();
    var huge =
        new Silence(
            "",
            MatcherParser.parseMatchers("a=b"),
            now,
            now.plusSeconds(60),
            now,
            "ann",
            "x".repeat(70_000));

    assertThat(silences.set(huge))
        .isInstanceOfSatisfying(
            Silences.SetOutcome.Invalid.class,
            invalid -> assertThat(invalid.message()).contains("expected at most 65536"));
  }

  private String set(Silence silence) {
    return ((Silences.SetOutcome.Stored) silences.set(silence)).id();
  }

  @Test
  void set_newInThePast_startsNow() {
    String id = set(silence("", "a=b", -600, 600));
    assertThat(id).isEqualTo("id1");
    assertThat(silences.get(id).orElseThrow().startsAt()).isEqualTo(time.instant());
    assertThat(store.load()).hasSize(1);
  }

  @Test
  void set_activeWithAnotherEnd_isChangedInPlace() {
    String id = set(silence("", "a=b", 0, 600));
    assertThat(set(silence(id, "a=b", 0, 6000))).isEqualTo(id);
    assertThat(silences.list()).hasSize(1);
  }

  @Test
  void set_activeWithOtherMatchers_expiresAndMakesANewOne() {
    String id = set(silence("", "a=b", 0, 600));
    time.advance(Duration.ofSeconds(1));
    String other = set(silence(id, "a=c", -1, 600));
    time.advance(Duration.ofMillis(1));
    assertThat(other).isNotEqualTo(id);
    assertThat(silences.get(id).orElseThrow().state(time.instant()))
        .isEqualTo(Silence.State.EXPIRED);
    assertThat(silences.get(other).orElseThrow().state(time.instant()))
        .isEqualTo(Silence.State.ACTIVE);
  }

  @Test
  void set_activeWithAnotherStart_makesANewOne() {
    String id = set(silence("", "a=b", 0, 600));
    time.advance(Duration.ofSeconds(10));
    assertThat(set(silence(id, "a=b", 0, 600))).isNotEqualTo(id);
  }

  @Test
  void set_pendingMovedWithinTheFuture_isChangedInPlace() {
    String id = set(silence("", "a=b", 100, 600));
    assertThat(set(silence(id, "a=b", 200, 700))).isEqualTo(id);
    String now = set(silence(id, "a=b", -1, 700));
    assertThat(now).isNotEqualTo(id);
    time.advance(Duration.ofMillis(1));
    assertThat(silences.get(id).orElseThrow().state(time.instant()))
        .isEqualTo(Silence.State.EXPIRED);
  }

  @Test
  void set_expired_makesANewOne() {
    String id = set(silence("", "a=b", 0, 600));
    time.advance(Duration.ofSeconds(601));
    assertThat(set(silence(id, "a=b", 0, 600))).isNotEqualTo(id);
  }

  @Test
  void set_unknownId_isNotFound() {
    assertThat(silences.set(silence("nope", "a=b", 0, 600)))
        .isEqualTo(new Silences.SetOutcome.NotFound("nope"));
  }

  @Test
  void set_onlyNegativeMatchers_silencesAllOthers() {
    set(silence("", "a!=\"b\",c!~\"d.*\"", 0, 600));
    assertThat(silences.mutedBy(Labels.of("x", "y"))).hasSize(1);
    assertThat(silences.mutedBy(Labels.of("a", "b"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; at least one matcher required",
        "a=~\".*\"; must not match the empty string",
        "a=\"\",b=~\"x?\"; must not match the empty string"
      })
  void set_matchersThatMatchEverything_areRefused(String matchers, String why) {
    assertThat(silences.set(silence("", matchers, 0, 600)))
        .isInstanceOfSatisfying(
            Silences.SetOutcome.Invalid.class,
            invalid -> assertThat(invalid.message()).contains(why));
  }

  @Test
  void set_emptyNameOrEndBeforeStart_isRefused() {
    var nameless =
        new Silence(
            "",
            List.of(LabelMatcher.equal("", "x")),
            time.instant(),
            time.instant(),
            time.instant(),
            "",
            "");
    assertThat(silences.set(nameless)).isInstanceOf(Silences.SetOutcome.Invalid.class);
    assertThat(silences.set(silence("", "a=b", 600, 0)))
        .isInstanceOf(Silences.SetOutcome.Invalid.class);
    assertThat(store.load()).isEmpty();
  }

  @Test
  void state_atTheVeryEnd_isStillActive() {
    Silence silence = silence("", "a=b", 0, 600);
    assertThat(silence.state(silence.startsAt().minusNanos(1))).isEqualTo(Silence.State.PENDING);
    assertThat(silence.state(silence.startsAt())).isEqualTo(Silence.State.ACTIVE);
    assertThat(silence.state(silence.endsAt())).isEqualTo(Silence.State.ACTIVE);
    assertThat(silence.state(silence.endsAt().plusNanos(1))).isEqualTo(Silence.State.EXPIRED);
  }

  @Test
  void expire_activeAndPending_end_andAgainChangesNothing() {
    String active = set(silence("", "a=b", 0, 600));
    String pending = set(silence("", "a=b", 100, 600));
    silences.expire(active);
    silences.expire(pending);
    time.advance(Duration.ofSeconds(1));
    Silence expired = silences.expire(active).orElseThrow();
    assertThat(expired.endsAt()).isEqualTo(VirtualTime.START);
    Silence never = silences.get(pending).orElseThrow();
    assertThat(never.startsAt()).isEqualTo(never.endsAt()).isEqualTo(VirtualTime.START);
    assertThat(silences.expire("nope")).isEmpty();
    assertThat(silences.count(Silence.State.EXPIRED)).isEqualTo(2);
  }

  @Test
  void list_isActiveByEndPendingByStartExpiredByLatestEnd() {
    String late = set(silence("", "k=late", 0, 9000));
    String soon = set(silence("", "k=soon", 0, 600));
    String second = set(silence("", "k=p2", 900, 9000));
    String first = set(silence("", "k=p1", 800, 9000));
    String gone = set(silence("", "k=gone", 0, 900));
    String later = set(silence("", "k=later", 0, 900));
    silences.expire(gone);
    time.advance(Duration.ofSeconds(1));
    silences.expire(later);
    time.advance(Duration.ofSeconds(1));
    assertThat(silences.list())
        .extracting(Silence::id)
        .containsExactly(soon, late, first, second, later, gone);
  }

  @Test
  void mutedBy_findsByPairByPrefixAndOtherwise() {
    String pair = set(silence("", "a=b,c!=d", 0, 600));
    String prefix = set(silence("", "host=~\"web-1.*\"", 0, 600));
    String choice = set(silence("", "host=~\"web-1|db\"", 0, 600));
    String negative = set(silence("", "host!~\"web.*\",x!=\"\"", 0, 600));
    set(silence("", "a=b", 100, 600));
    assertThat(silences.mutedBy(Labels.of("a", "b"))).containsExactly(pair);
    assertThat(silences.mutedBy(Labels.of("a", "b", "c", "d"))).isEmpty();
    assertThat(silences.mutedBy(Labels.of("host", "web-12"))).containsExactly(prefix);
    assertThat(silences.mutedBy(Labels.of("host", "web-1"))).containsExactly(prefix, choice);
    assertThat(silences.mutedBy(Labels.of("host", "db", "x", "y")))
        .containsExactly(choice, negative);
    time.advance(Duration.ofSeconds(100));
    assertThat(silences.mutedBy(Labels.of("a", "b"))).hasSize(2);
    time.advance(Duration.ofSeconds(600));
    assertThat(silences.mutedBy(Labels.of("a", "b"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "node-9.*, node-9",
    "abc, abc",
    "abc*, ab",
    "ab?c, a",
    "ab{2}, a",
    "a|b, ''",
    "(a), ''",
    ".*, ''",
    "a+b, a"
  })
  void literalPrefix_isNeverTooLong(String regex, String prefix) {
    assertThat(SilenceIndex.literalPrefix(regex)).isEqualTo(prefix);
  }

  @Test
  void containing_asksForEqualMatchers() {
    String id = set(silence("", "a=b,c=~\"d\"", 0, 600));
    assertThat(silences.containing(MatcherParser.parseMatchers("c=~\"d\"")))
        .extracting(Silence::id)
        .containsExactly(id);
    assertThat(silences.containing(MatcherParser.parseMatchers("c=d"))).isEmpty();
  }

  @Test
  void collectGarbage_fiveDaysAfterTheEnd_forgets() {
    set(silence("", "a=b", 0, 600));
    String kept = set(silence("", "a=c", 0, 6000));
    time.advance(Silences.RETENTION.plusSeconds(1000));
    silences.collectGarbage();
    assertThat(silences.list()).extracting(Silence::id).containsExactly(kept);
    assertThat(store.load()).hasSize(1);
  }

  @Test
  void silences_afterARestart_areThere() {
    set(silence("", "a=b", 0, 600));
    assertThat(new Silences(store, time, () -> "x").mutedBy(Labels.of("a", "b"))).hasSize(1);
  }
}
