package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.probe.CronSchedule;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.run.PushState.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PushStateTest {
  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
  private static final PushTerms TERMS =
      new PushTerms(Duration.ofMinutes(60), Duration.ofMinutes(10), Duration.ofMinutes(30), null);
  private static final PushReport SUCCESS = new PushReport(PushReport.Kind.SUCCESS, null, "");
  private static final PushReport BEGUN = new PushReport(PushReport.Kind.START, null, "");

  @TempDir Path folder;

  private static Instant at(long minutes) {
    return START.plus(Duration.ofMinutes(minutes));
  }

  private static PushState good() {
    return PushState.silent(START).withReport(SUCCESS, START);
  }

  @ParameterizedTest
  @CsvSource({
    // Each night at 3:00, an hour of grace; the minutes are of 1 March.
    "S190 L1680, GOOD", // until 4:00 of 2 March
    "S190 L1681, LATE",
    "S190 S1625 L3119, GOOD",
    "S190 S1625 L3121, LATE",
    // By a clock that is half a minute ahead: this is the report of 3:00.
    "S190 S1619.5 L3119, GOOD",
    "S190 S1615 L1681, LATE",
    "S190 B1620 L1660, LATE"
  })
  void cron_reportIsDueAtEachDate(String words, Condition expected) {
    var terms =
        new PushTerms(
            Duration.ofDays(1),
            Duration.ofHours(1),
            Duration.ofMinutes(30),
            CronSchedule.of("0 3 * * *", ZoneOffset.UTC));
    PushState state = PushState.silent(START);
    for (String word : words.split(" ")) {
      Instant time = START.plusSeconds(Math.round(60 * Double.parseDouble(word.substring(1))));
      state =
          switch (word.charAt(0)) {
            case 'S' -> state.withReport(SUCCESS, time);
            case 'B' -> state.withReport(BEGUN, time);
            default -> state.checked(terms, time);
          };
    }
    assertThat(state.condition()).isEqualTo(expected);
  }

  /// Runs of words: `S` a success, `F` a failure, `B` the beginning of a run, `D-` nobody listens
  /// until the next word, `L` a look; each with its minute.
  private static PushState play(String words) {
    PushState state = PushState.silent(START);
    long deafFrom = -1;
    for (String word : words.split(" ")) {
      long minute = Long.parseLong(word.substring(1));
      if (deafFrom >= 0) {
        state = state.withGap(at(deafFrom), at(minute));
        deafFrom = -1;
      }
      state =
          switch (word.charAt(0)) {
            case 'S' -> state.withReport(SUCCESS, at(minute));
            case 'F' ->
                state.withReport(new PushReport(PushReport.Kind.FAILURE, 3, "no"), at(minute));
            case 'B' -> state.withReport(BEGUN, at(minute));
            case 'L' -> state.checked(TERMS, at(minute));
            default -> {
              deafFrom = minute;
              yield state;
            }
          };
    }
    return state;
  }

  @ParameterizedTest
  @CsvSource({
    // Silence of what never reported is told, and is no failure.
    "L70, NEVER",
    "L71, UNHEARD",
    "L71 L500, UNHEARD",
    "L71 S80, GOOD",
    // In time until the grace is over.
    "S0 L70, GOOD",
    "S0 L71, LATE",
    "S0 L71 S72 L73, GOOD",
    "F0 L60, BAD",
    "F0 S10 L20, GOOD",
    // Nobody listened when it was due: neither late nor well, and late after another interval.
    "S0 D55 L80, UNSURE",
    "S0 D20 L1000, UNSURE",
    "S0 D55 L80 L130, UNSURE",
    "S0 D55 L80 L131, LATE",
    "S0 D55 L80 S90 L100, GOOD",
    // Nobody listened long before it was due.
    "S0 D10 L45 L71, LATE",
    "S0 D10 L50 L71, UNSURE",
    // A failure goes on, and so does a silence that was noticed.
    "F0 D55 L80, BAD",
    "S0 L71 D110 L140, LATE",
    "D20 L90, NEVER",
    "L71 D110 L140, UNHEARD",
    // A run that began may take its time, and no longer.
    "S0 B60 L90, GOOD",
    "S0 B60 L91, LATE",
    "S0 B60 S89 L100, GOOD",
    "S0 B60 D70 L91, UNSURE",
    "S0 B60 D70 S89 L91, GOOD",
  })
  void silence_counts_onlyWhileSomebodyListened(String words, Condition expected) {
    assertThat(play(words).condition()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "S0 | Success[]",
        "F5 | Failure[reason=the job reported a failure with exit code 3: no]",
        "S0 L71 | Failure[reason=no report arrived since 2026-03-01T00:00:00Z, expected one by 2026-03-01T01:10:00Z]",
        "S0 B60 L91 | Failure[reason=the run that began at 2026-03-01T01:00:00Z has not ended by 2026-03-01T01:30:00Z]",
      })
  void outcome_saysWhy(String words, String expected) {
    assertThat(play(words).outcome().map(ProbeOutcome::toString)).contains(expected);
  }

  @Test
  void results_eachIntervalWithoutAReport_isOneMore() {
    PushState state = play("S0 L71 L131 L191");

    assertThat(state.results()).containsExactly(true, false, false, false);
    assertThat(state.count()).isEqualTo(4);
  }

  @Test
  void look_afterYears_comesToAnEnd() {
    PushState state =
        good()
            .withGap(at(0), at(50_000_000))
            .checked(
                new PushTerms(Duration.ofSeconds(1), Duration.ofSeconds(1), null, null),
                at(50_000_000));

    assertThat(state.condition()).isEqualTo(Condition.UNSURE);
    assertThat(state.due(TERMS)).isEqualTo(at(50_000_070));
  }

  @Test
  void run_whoseBeginningWasTold_hasALength() {
    PushState state = play("S0 B60 F75");

    assertThat(state.took()).isEqualTo(Duration.ofMinutes(15));
    assertThat(state.exitCode()).isEqualTo(3);
    assertThat(play("B60 S75 S80").took()).isNull();
  }

  @Test
  void gaps_many_areBounded() {
    PushState state = good();
    for (int i = 0; i < 50; i++) {
      state = state.withGap(at(i), at(i + 1).minusSeconds(30));
    }

    assertThat(state.gaps())
        .hasSize(16)
        .contains(new PushState.Gap(at(0), at(35).minusSeconds(30)));
  }

  @Test
  void message_ofManyLines_isOneBoundedLineWithItsEnd() {
    String message =
        new PushReport(
                PushReport.Kind.FAILURE, 1, "first\n" + "\u0007x\n".repeat(5000) + "disk full\r\n")
            .message();

    assertThat(message).hasSize(PushReport.MAX_CHARS).startsWith("…").endsWith("x x disk full");
    assertThat(new PushReport(PushReport.Kind.FAILURE, 1, " a\n\n b ").message()).isEqualTo("a b");
  }

  @Test
  void store_anotherProcess_knowsTheSameAndWhenNobodyListened() {
    PushState state = play("S0 B60 F75 B80");
    PushStore.in(folder, Optional.empty()).store("nightly backup", state, at(80));

    PushState found = PushStore.in(folder, Optional.of(at(100))).open("nightly backup", at(110));

    assertThat(found).isEqualTo(state.withGap(at(100), at(110)));
    assertThat(PushStore.in(folder, Optional.empty()).open("nightly backup", at(110)))
        .isEqualTo(state.withGap(at(80), at(110)));
    assertThat(PushStore.in(folder, Optional.empty()).open("another", at(110)))
        .isEqualTo(PushState.silent(at(110)));
  }

  @Test
  void store_damagedFile_isAsIfThereWereNone() throws IOException {
    PushStore.in(folder, Optional.empty()).store("a", good(), at(0));
    try (Stream<Path> files = Files.list(folder)) {
      Path file = files.findFirst().orElseThrow();
      for (String text :
          new String[] {"", "{", "{}", Files.readString(file).replace("GOOD", "BEST")}) {
        Files.writeString(file, text);
        assertThat(PushStore.in(folder, Optional.empty()).open("a", at(9)))
            .isEqualTo(PushState.silent(at(9)));
      }
    }
  }

  @Test
  void store_folderThatCannotBeWritten_isTriedAgain() throws IOException {
    Path below = folder.resolve("f");
    Files.writeString(below, "no folder");
    PushStore store = PushStore.in(below, Optional.empty());
    store.store("a", good(), at(0));
    assertThat(store.open("a", at(1))).isEqualTo(good());
    Files.delete(below);
    store.store("a", good(), at(1));

    assertThat(PushStore.in(below, Optional.empty()).open("a", at(2)).condition())
        .isEqualTo(Condition.GOOD);
  }

  @Test
  void store_probesThatAreGone_areForgotten() throws IOException {
    PushStore store = PushStore.in(folder, Optional.empty());
    store.store("a", good(), at(0));
    store.store("b", good(), at(0));
    store.retain(Set.of("b"));

    assertThat(store.open("a", at(1))).isEqualTo(PushState.silent(at(1)));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }
}
