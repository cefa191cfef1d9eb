package io.pharos.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.access.GuessLimit.Attempt;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuessLimitTest {
  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  private static final Attempt ADMITTED = new Attempt.Admitted();

  private Instant now = START;
  private final GuessLimit limit = new GuessLimit("tokens", 3, () -> now);

  private static Client at(String address) {
    return new Client(null, null, address, "it comes from another host", "");
  }

  private Attempt guess(String address, String secret) {
    Attempt attempt = limit.begin(at(address), secret);
    if (attempt.equals(ADMITTED)) {
      limit.wrong(at(address), secret);
    }
    return attempt;
  }

  private void exhaust(String address) {
    for (int i = 0; i < 3; i++) {
      assertThat(guess(address, "guess" + i)).isEqualTo(ADMITTED);
    }
  }

  @Test
  void address_withTooManyWrongSecrets_waitsForTheEndOfTheMinute() {
    exhaust("192.0.2.1");
    now = START.plusMillis(20_500);
    assertThat(guess("192.0.2.1", "right"))
        .isEqualTo(new Attempt.Refused(Duration.ofMillis(39_500)))
        .extracting(refused -> ((Attempt.Refused) refused).retryAfter())
        .isEqualTo(40L);
    assertThat(guess("192.0.2.2", "right")).as("another address").isEqualTo(ADMITTED);
    now = START.plus(GuessLimit.WINDOW);
    exhaust("192.0.2.1");
    now = START;
    assertThat(guess("192.0.2.1", "right")).as("the clock was set back").isEqualTo(ADMITTED);
  }

  @Test
  void secret_thatTheAddressHasUsed_isAdmittedBesideGuesses() {
    limit.accepted(at("192.0.2.1"), "right");
    exhaust("192.0.2.1");
    assertThat(limit.begin(at("192.0.2.1"), "right")).isEqualTo(ADMITTED);
    assertThat(limit.begin(at("192.0.2.1"), "other")).isInstanceOf(Attempt.Refused.class);
    exhaust("192.0.2.2");
    assertThat(limit.begin(at("192.0.2.2"), "right"))
        .as("the address that has not used it")
        .isInstanceOf(Attempt.Refused.class);
  }

  @Test
  void secret_thatWasReplaced_isNoGuess() {
    limit.accepted(at("192.0.2.1"), "former");
    for (int i = 0; i < 10; i++) {
      assertThat(guess("192.0.2.1", "former")).isEqualTo(ADMITTED);
    }
    exhaust("192.0.2.1");
  }

  @Test
  void secret_thatIsWrongAgainAndAgain_countsOnce() {
    for (int i = 0; i < 10; i++) {
      assertThat(guess("192.0.2.1", "misconfigured")).isEqualTo(ADMITTED);
    }
    assertThat(guess("192.0.2.1", "other")).isEqualTo(ADMITTED);
    assertThat(guess("192.0.2.1", "third")).isEqualTo(ADMITTED);
    assertThat(guess("192.0.2.1", "misconfigured")).isInstanceOf(Attempt.Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8::1, 2001:db8::2, true",
    "2001:db8::1, 2001:db8:0:1::1, false",
    "192.0.2.1, 192.0.2.2, false",
    "null, null, true",
  })
  void addresses_ofOneIpv6Network_areOneClient(String first, String second, boolean same) {
    exhaust(first);
    assertThat(guess(second, "x").equals(ADMITTED)).isEqualTo(!same);
  }

  @Test
  void addresses_areBounded() {
    exhaust("192.0.2.1");
    for (int i = 0; i < GuessLimit.MAX_ENTRIES; i++) {
      String address = "10.0." + i / 256 + "." + i % 256;
      guess(address, "x");
      limit.accepted(at(address), "y");
    }
    assertThat(limit.size()).isEqualTo(2 * GuessLimit.MAX_ENTRIES);
    assertThat(guess("192.0.2.1", "x")).as("forgotten").isEqualTo(ADMITTED);
  }
}
