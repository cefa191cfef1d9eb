package io.pharos.limits.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionsTest {
  private static final Connections.ConnectionLimits LIMITS =
      new Connections.ConnectionLimits(
          3, 10, Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(5), 0);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private boolean descriptorsLeft = true;
  private Connections connections =
      Connections.ofWeb(LIMITS, _ -> descriptorsLeft, nanos::get, registry);

  /* A client whose connection can be closed and whose answer can be pending. */
  private final class Client implements Connections.Link {
    final Connections.Connection connection;
    boolean closed;
    boolean paused;
    OptionalLong unread = OptionalLong.empty();

    Client() {
      connection = connections.open(this).orElseThrow();
    }

    @Override
    public void close() {
      closed = true;
      connection.closed();
    }

    @Override
    public boolean isPaused() {
      return paused;
    }

    @Override
    public OptionalLong unread() {
      return unread;
    }

    Client asks() {
      connection.bytes(1);
      connection.head();
      connection.request();
      return this;
    }

    Client isAnswered() {
      connection.answered();
      return this;
    }
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
    connections.closeOverdue();
  }

  private double closed(String reason) {
    return registry.get("pharos_web_connections_closed").tag("reason", reason).counter().count();
  }

  @Test
  void clientThatSendsNothing_isClosedAfterTheTimeOfAHead() {
    var client = new Client();
    pass(Duration.ofSeconds(10));
    assertThat(client.closed).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(client.closed).isTrue();
    assertThat(closed("head")).isEqualTo(1);
    assertThat(registry.get("pharos_web_connections").gauge().value()).isZero();
  }

  @Test
  void headThatComesByBytes_isClosedHoweverManyCome() {
    var client = new Client().asks().isAnswered();
    pass(Duration.ofMinutes(2));
    for (int second = 0; second < 11; second++) {
      assertThat(client.closed).isFalse();
      client.connection.bytes(1);
      pass(Duration.ofSeconds(1));
    }
    assertThat(client.closed).isTrue();
    assertThat(closed("head")).isEqualTo(1);
  }

  @Test
  void bodyThatComesByBytes_isClosedAfterItsTime() {
    var client = new Client();
    client.connection.head();
    for (int second = 0; second < 60; second++) {
      client.connection.bytes(1);
      pass(Duration.ofSeconds(1));
    }
    assertThat(client.closed).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(client.closed).isTrue();
    assertThat(closed("read")).isEqualTo(1);
  }

  @Test
  void bodyThatPharosDoesNotRead_isNotTheClientsFault() {
    var client = new Client();
    client.connection.head();
    client.paused = true;
    pass(Duration.ofMinutes(10));
    client.paused = false;
    pass(Duration.ofSeconds(59));
    assertThat(client.closed).isFalse();
  }

  @Test
  void requestThatIsRefusedBeforeItsBody_isIdleOnceTheBodyIsThere() {
    var client = new Client();
    client.connection.head();
    client.connection.answered();
    pass(Duration.ofSeconds(30));
    client.connection.bytes(1);
    client.connection.request();
    pass(Duration.ofMinutes(4));
    assertThat(client.closed).isFalse();
  }

  @Test
  void connectionWithoutRequests_isClosedAfterTheIdleTime() {
    var client = new Client().asks().isAnswered();
    pass(Duration.ofMinutes(5));
    assertThat(client.closed).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(client.closed).isTrue();
    assertThat(closed("idle")).isEqualTo(1);
  }

  @Test
  void requestThatTakesLong_isNotClosed() {
    var client = new Client().asks();
    pass(Duration.ofHours(1));
    assertThat(client.closed).isFalse();
  }

  @Test
  void unreadAnswer_isClosed_andOneReadSlowlyIsNot() {
    var stalled = new Client().asks();
    var slow = new Client().asks();
    stalled.unread = OptionalLong.of(1_000_000);
    for (int second = 0; second <= 61; second++) {
      slow.unread = OptionalLong.of(1_000_000 - second);
      pass(Duration.ofSeconds(1));
    }
    assertThat(stalled.closed).isTrue();
    assertThat(slow.closed).isFalse();
    assertThat(closed("read")).isEqualTo(1);
  }

  /* Three others of these kinds are open; one of them is replaced by a fourth. */
  @ParameterizedTest
  @CsvSource({
    "new, idle, body, 0",
    "idle, new, body, 1",
    "body, idle, busy, 1",
    "busy, body, busy, 1",
    "busy, busy, stalled, 2",
    "idle, head, body, 1",
    "new, new, new, 0",
  })
  void fullHouse_theMostPatientMakesWay(String a, String b, String c, int displaced) {
    Client[] there = {of(a), of(b), of(c)};
    pass(Duration.ofSeconds(3));
    var newcomer = new Client();
    for (int i = 0; i < there.length; i++) {
      assertThat(there[i].closed).as("%d", i).isEqualTo(i == displaced);
    }
    assertThat(newcomer.closed).isFalse();
    assertThat(closed("displaced")).isEqualTo(1);
    assertThat(registry.get("pharos_web_connections").gauge().value()).isEqualTo(3);
  }

  /* None of the clients is slow yet. */
  @ParameterizedTest
  @CsvSource({
    "body, body, new, 0",
    "head, body, body, 1",
    "new, body, new, 0",
    "body, new, busy, 1",
    "body, idle, body, 1",
  })
  void fullHouseOfClientsThatJustCame_oneOfTheLargerGroupMakesWay(
      String a, String b, String c, int displaced) {
    Client[] there = {of(a), of(b), of(c)};
    pass(Duration.ofSeconds(1));
    var _ = new Client();
    for (int i = 0; i < there.length; i++) {
      assertThat(there[i].closed).as("%d", i).isEqualTo(i == displaced);
    }
  }

  private Client of(String kind) {
    nanos.addAndGet(1);
    var client = new Client();
    switch (kind) {
      case "new" -> {}
      case "head" -> {
        client.asks().isAnswered();
        client.connection.bytes(1);
      }
      case "idle" -> client.asks().isAnswered();
      case "body" -> client.connection.head();
      case "busy" -> client.asks();
      case "paused" -> {
        client.connection.head();
        client.paused = true;
      }
      case "refused" -> {
        client.connection.head();
        client.connection.answered();
      }
      case "stalled" -> {
        client.asks();
        client.unread = OptionalLong.of(5);
        connections.closeOverdue();
      }
      default -> throw new IllegalArgumentException(kind);
    }
    return client;
  }

  @Test
  void fullHouseOfThoseWhoAreAnswered_refuses() {
    for (int i = 0; i < 3; i++) {
      new Client().asks();
    }
    assertThat(connections.open(new Refused())).isEmpty();
    assertThat(closed("refused")).isEqualTo(1);
  }

  private record Refused() implements Connections.Link {
    @Override
    public void close() {
      throw new AssertionError("a rejected connection is closed by the caller of open");
    }

    @Override
    public boolean isPaused() {
      return false;
    }

    @Override
    public OptionalLong unread() {
      return OptionalLong.empty();
    }
  }

  @Test
  void descriptorsDownToTheReserve_aNewConnectionReplacesAnother() {
    var idle = new Client().asks().isAnswered();
    descriptorsLeft = false;
    var newcomer = new Client();
    assertThat(idle.closed).isTrue();
    newcomer.asks();
    assertThat(connections.open(new Refused())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"64, 32, 16", "1024, 512, 256", "524288, 512, 1024", "1, 1, 0"})
  void limits_deriveFromTheDescriptors(long descriptors, int most, int reserve) {
    assertThat(Connections.ConnectionLimits.defaultMaxConnections(descriptors)).isEqualTo(most);
    assertThat(Connections.ConnectionLimits.defaultReserve(descriptors)).isEqualTo(reserve);
  }

  @Test
  void steadyBody_isNeverClosed_andOneOfSingleBytesIs() {
    var limits =
        new Connections.ConnectionLimits(
            3, 10, Duration.ofSeconds(10), Duration.ofMinutes(1), Duration.ofMinutes(5), 1024);
    connections = Connections.ofWeb(limits, _ -> true, nanos::get, new SimpleMeterRegistry());
    var steady = new Client();
    var slow = new Client();
    steady.connection.head();
    slow.connection.head();
    for (int second = 0; second < 62; second++) {
      pass(Duration.ofSeconds(1));
      steady.connection.bytes(1024);
      slow.connection.bytes(1);
    }
    assertThat(slow.closed).isTrue();
    assertThat(steady.closed).isFalse();
  }

  /* Requests of these kinds are open; the displaced one, or none, makes way for another request. */
  @ParameterizedTest
  @CsvSource({
    "idle, body, busy, 1, MADE",
    "body, body, stalled, 0, MADE",
    "busy, stalled, new, 1, MADE",
    "busy, idle, new, -1, NONE",
    "busy, head, paused, -1, NONE",
    "busy, refused, busy, -1, NONE",
  })
  void requestWithoutRoom_displacesTheSlowestUnfinishedOne(
      String a, String b, String c, int displaced, Connections.Room room) {
    Client[] there = {of(a), of(b), of(c)};
    assertThat(connections.displaceRequest()).isEqualTo(Connections.Room.NONE);
    pass(Duration.ofSeconds(3));
    assertThat(connections.displaceRequest()).isEqualTo(room);
    for (int i = 0; i < there.length; i++) {
      assertThat(there[i].closed).as("%d", i).isEqualTo(i == displaced);
    }
  }
}
