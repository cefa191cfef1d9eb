package io.pharos.ingest.fleet;

import static io.pharos.ingest.fleet.ScriptedRedis.bulk;
import static io.pharos.ingest.fleet.ScriptedRedis.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Hosts from a Redis with scripted answers: each is either a reading or an error.
class RedisSourceTest {
  private static final String PREFIX = "host:status:";
  private static final Instant CLOCK = Instant.parse("2026-03-01T12:00:00Z");

  private ScriptedRedis redis;

  @BeforeEach
  void begin() throws IOException {
    redis =
        new ScriptedRedis()
            .answer("TIME", list(bulk(Long.toString(CLOCK.getEpochSecond())), bulk("7")))
            .answer("SCAN", list(bulk("0"), list(bulk(PREFIX + "a"))))
            .answer("MGET", list(beat("2026-03-01T11:59:20Z")));
  }

  @AfterEach
  void close() throws IOException {
    redis.close();
  }

  private static String beat(String time) {
    return bulk("{\"sent\":{\"at\":\"" + time + "\"}}");
  }

  private FleetConfig.Redis config(String user, SecretSource password, int database) {
    return new FleetConfig.Redis(
        "127.0.0.1",
        redis.port(),
        user,
        password,
        database,
        PREFIX,
        List.of("sent", "at"),
        Duration.ofSeconds(5));
  }

  private FleetReading read(int maxHosts) throws Exception {
    return new RedisSource(config("", SecretSource.unset(), 0), maxHosts).read();
  }

  private void assertUnreadable(String reason) {
    assertThat(catchThrowable(() -> read(10)))
        .isInstanceOf(FleetReading.Unreadable.class)
        .hasMessageStartingWith("127.0.0.1:" + redis.port())
        .hasMessageContaining(reason);
  }

  @Test
  void read_userPasswordAndDatabase_areSaidFirst() throws Exception {
    redis.answer("AUTH", "+OK\r\n").answer("SELECT", "+OK\r\n");
    FleetReading reading =
        new RedisSource(config("monitor", SecretSource.inline("s3cret"), 3), 10).read();
    assertThat(redis.asked())
        .containsExactly(
            "AUTH monitor s3cret",
            "SELECT 3",
            "TIME",
            "SCAN 0 MATCH host:status:* COUNT 1000",
            "MGET host:status:a");
    assertThat(reading.beats()).isEqualTo(Map.of("a", CLOCK.minusSeconds(40)));
    assertThat(reading.clock()).isEqualTo(CLOCK);
  }

  @Test
  void read_withoutPassword_saysNone() throws Exception {
    read(10);
    assertThat(redis.asked()).first().isEqualTo("TIME");
  }

  @Test
  void scan_ofSeveralPages_givesEachHostOnce() throws Exception {
    redis
        .answer(
            "SCAN",
            list(bulk("17"), list(bulk(PREFIX + "a"), bulk(PREFIX + "b"))),
            list(bulk("4"), list()),
            list(bulk("0"), list(bulk(PREFIX + "a"), bulk(PREFIX + "c"))))
        .answer(
            "MGET",
            list(beat("2026-03-01T11:59:20Z"), "$-1\r\n", beat("2026-03-01T13:00:00+02:00")));
    FleetReading reading = read(10);
    assertThat(reading.beats())
        .as("b expired between the two questions")
        .isEqualTo(Map.of("a", CLOCK.minusSeconds(40), "c", CLOCK.minusSeconds(3600)));
    assertThat(reading.leftOut()).isZero();
    assertThat(redis.asked())
        .contains("SCAN 17 MATCH host:status:* COUNT 1000", "SCAN 4 MATCH host:status:* COUNT 1000")
        .endsWith("MGET host:status:a host:status:b host:status:c");
  }

  @Test
  void scan_ofBadAndTooManyHosts_countsThem_upToTheBound() throws Exception {
    redis
        .answer(
            "SCAN",
            list(
                bulk("0"),
                list(
                    bulk(PREFIX),
                    bulk(PREFIX + "a\tb"),
                    bulk(PREFIX + "x".repeat(129)),
                    bulk(PREFIX + "a"),
                    bulk(PREFIX + "b"),
                    bulk(PREFIX + "c"))))
        .answer("MGET", list(beat("2026-03-01T12:00:00Z"), beat("2026-03-01T12:00:00Z")));
    FleetReading reading = read(2);
    assertThat(reading.beats()).containsOnlyKeys("a", "b");
    assertThat(reading.leftOut()).isEqualTo(2);
  }

  @Test
  void scan_ofManyHosts_readsTheirHeartbeatsInParts() throws Exception {
    var keys = new String[501];
    var beats = new String[500];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = bulk(PREFIX + "h" + i);
    }
    Arrays.fill(beats, beat("2026-03-01T12:00:00Z"));
    redis
        .answer("SCAN", list(bulk("0"), list(keys)))
        .answer("MGET", list(beats), list(beat("2026-03-01T12:00:00Z")));
    assertThat(read(1000).beats()).hasSize(501);
    assertThat(redis.asked()).filteredOn(it -> it.startsWith("MGET")).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"sent\":{\"at\":1772366360}}|2026-03-01T11:59:20Z",
        "{\"sent\":{\"at\":1772366360.25}}|2026-03-01T11:59:20.250Z",
        "{\"sent\":{\"at\":1.77236636e9}}|2026-03-01T11:59:20Z",
        "{\"sent\":{\"at\":\"2026-03-01T19:59:20+08:00\"}}|2026-03-01T11:59:20Z",
      })
  void beat_isATimeOrSecondsSince1970(String json, Instant time) throws Exception {
    redis.answer("MGET", list(bulk(json)));
    assertThat(read(10).beats()).isEqualTo(Map.of("a", time));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"sent\":7}",
        "{\"sent\":{\"at\":null}}",
        "{\"sent\":{\"at\":\"noon\"}}",
        "{\"sent\":{\"at\":\"2026-03-01T12:00:00\"}}",
        "{\"sent\":{\"at\":1e40}}",
        "{\"sent\":{\"at\":1.00001}}",
        "[]",
        ""
      })
  void beat_withoutATime_cannotBeRead_andNamesTheKeyAlone(String json) {
    redis.answer("MGET", list(bulk(json)));
    assertUnreadable("host:status:a has no time at sent.at");
  }

  @Test
  void beat_thatIsNoJson_cannotBeRead() {
    redis.answer("MGET", list(bulk("{\"sent\":")));
    assertUnreadable("Unexpected end-of-input");
  }

  /// Escapes as in Java, for the bytes on the wire.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TIME|-LOADING Redis is loading s3cret\\r\\n|TIME is rejected: LOADING",
        "TIME|-\\r\\n|TIME is rejected:",
        "TIME|+PONG\\r\\n|TIME returned no list",
        "TIME|*-1\\r\\n|TIME returned no list",
        "TIME|*2\\r\\n$4\\r\\nnoon\\r\\n$1\\r\\n0\\r\\n|returned an invalid time for the command TIME",
        "TIME|*1\\r\\n:99999999999999999\\r\\n|returned an invalid time for the command TIME",
        "TIME|*0\\r\\n|returned an invalid time for the command TIME",
        "TIME|HTTP/1.1 400 Bad Request\\r\\n|the answer is not RESP",
        "TIME|\\r\\n|the answer is not RESP",
        "TIME|*2\\rX|the answer is not RESP",
        "TIME|*\\r\\n|the answer declares a length of 0 characters that is above the limit, or not a number",
        "TIME|*-2\\r\\n|the answer declares a length of 2 characters that is above the limit, or not a number",
        "TIME|*100001\\r\\n|the answer declares a length of 6 characters that is above the limit, or not a number",
        "TIME|*9999999999\\r\\n|the answer declares a length of 10 characters that is above the limit, or not a number",
        "TIME|*1\\r\\n$65537\\r\\n|the answer declares a length of 5 characters that is above the limit, or not a number",
        "TIME|*1\\r\\n$2\\r\\nabcd|the answer is not RESP",
        "TIME|*1\\r\\n$2\\r\\nab\\rd|the answer is not RESP",
        "TIME|*1\\r\\n*1\\r\\n*1\\r\\n*1\\r\\n*1\\r\\n:1\\r\\n|the lists of an answer are nested too deeply",
        "TIME|''|the connection was closed",
        "SCAN|*0\\r\\n|unexpected answer to SCAN",
        "SCAN|*1\\r\\n$1\\r\\n0\\r\\n|unexpected answer to SCAN",
        "SCAN|*2\\r\\n$1\\r\\n0\\r\\n$1\\r\\n0\\r\\n|unexpected answer to SCAN",
        "SCAN|*2\\r\\n$1\\r\\n0\\r\\n*1\\r\\n$1\\r\\na\\r\\n|unexpected answer to SCAN",
        "SCAN|*2\\r\\n$1\\r\\n0\\r\\n*1\\r\\n$-1\\r\\n|unexpected answer to SCAN",
        "SCAN|-NOPERM no permission\\r\\n|SCAN is rejected: NOPERM",
        "MGET|*0\\r\\n|MGET returned 0 values",
        "MGET|*2\\r\\n$-1\\r\\n$-1\\r\\n|MGET returned 2 values",
        "MGET|*1\\r\\n-WRONGTYPE s3cret\\r\\n|MGET is rejected: WRONGTYPE",
      })
  void answer_thatIsNone_cannotBeRead_andShowsNoWordsOfTheServer(
      String command, String bytes, String reason) {
    redis.answer(command, bytes.translateEscapes());
    assertUnreadable(reason);
    assertThat(catchThrowable(() -> read(10))).hasMessageNotContaining("s3cret");
  }

  @Test
  void answer_whoseLineDoesNotEnd_isNotReadForEver() {
    redis.answer("TIME", "+" + "x".repeat(5000));
    assertUnreadable("the answer is not RESP");
  }

  @Test
  void answer_thatIsCutOff_endsWithTheTime() {
    redis.answer("TIME", "*2\r\n$10\r\n177");
    var source =
        new RedisSource(
            new FleetConfig.Redis(
                "127.0.0.1",
                redis.port(),
                "",
                SecretSource.unset(),
                0,
                PREFIX,
                List.of("sent", "at"),
                Duration.ofMillis(200)),
            10);
    assertThat(catchThrowable(source::read)).isInstanceOf(FleetReading.Unreadable.class);
  }

  @Test
  void server_thatIsNotThere_cannotBeRead() throws Exception {
    redis.close();
    assertUnreadable("refused");
  }
}
