package io.pharos.tap.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import io.pharos.tap.proxy.TapStack.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Very many requests while the routes change and the backend dies again and again.
@Tag("slow")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class TapStormTest {
  private static final int REQUESTS = Nightly.rounds(20_000, 1_000_000);
  private static final int CLIENTS = 16;
  private static final int PER_LIFE = 700;
  private static final int PER_RELOAD = 50;
  private static final RouteTable ONE = RoutesFile.parse("routes.yml", TapStack.ROUTES);
  private static final RouteTable OTHER = RoutesFile.parse("routes.yml", "routes: [/other]");
  private static final Pattern ID = Pattern.compile("GET /api/v1/machines/(\\d+) ");
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  private final Set<Wire> open = ConcurrentHashMap.newKeySet();
  private final BitSet answered = new BitSet();
  private final BitSet got = new BitSet();
  private final LongAdder reloads = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger deaths = new AtomicInteger();

  private void serve(Wire wire) throws IOException {
    open.add(wire);
    try {
      for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
        var id = ID.matcher(head);
        assertThat(id.find()).isTrue();
        if (served.incrementAndGet() % PER_LIFE == 0) { // it dies, with all its connections
          deaths.incrementAndGet();
          for (Wire other : open) {
            other.close();
          }
          return;
        }
        wire.json("{\"code\":0,\"data\":" + id.group(1) + "}");
        synchronized (answered) {
          answered.set(Integer.parseInt(id.group(1)));
        }
      }
    } finally {
      open.remove(wire);
    }
  }

  private Void ask(TapStack stack, int from, int to) throws IOException {
    try (Wire wire = stack.wire()) {
      for (int id = from; id < to; id++) {
        if (id % PER_RELOAD == 0) {
          reloads.increment();
          stack.routes.set(id % (2 * PER_RELOAD) == 0 ? () -> OTHER : () -> ONE);
        }
        wire.write("GET /api/v1/machines/" + id + " HTTP/1.1\r\nHost: x\r\n\r\n");
        String head = wire.head();
        assertThat(head).as("the connection of a client is never dropped").isNotEmpty();
        var length = LENGTH.matcher(head);
        assertThat(length.find()).isTrue();
        String body =
            new String(wire.bytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8);
        if (head.startsWith("HTTP/1.1 200")) {
          assertThat(body).isEqualTo("{\"code\":0,\"data\":" + id + "}");
          synchronized (got) {
            got.set(id);
          }
        } else {
          assertThat(head).startsWith("HTTP/1.1 502").contains("X-Pharos-Tap: closed");
          refused.increment();
        }
      }
    }
    return null;
  }

  @Test
  void requests_throughReloadsAndADyingBackend_getEveryAnswerThatWasGiven() throws Exception {
    try (TapStack stack = new TapStack(this::serve);
        var workers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> clients = new ArrayList<>();
      int each = REQUESTS / CLIENTS;
      for (int i = 0; i < CLIENTS; i++) {
        int from = i * each;
        clients.add(workers.submit(() -> ask(stack, from, from + each)));
      }
      for (Future<Void> client : clients) {
        client.get();
      }

      answered.andNot(got);
      assertThat(answered.cardinality()).as("answers that were lost").isZero();
      assertThat(got.cardinality() + refused.intValue()).isEqualTo(each * CLIENTS);
      assertThat(deaths.get()).isGreaterThanOrEqualTo(REQUESTS / PER_LIFE / 2);
      assertThat(reloads.sum()).isGreaterThan(100);
      // What is counted is counted just after the client has it.
      long end = System.nanoTime() + 10_000_000_000L;
      while (counted(stack) < each * CLIENTS && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
      assertThat(counted(stack)).isEqualTo(each * CLIENTS);
      assertThat(stack.tap.inFlight()).isZero();
      System.out.printf(
          "%d requests, %d deaths of the backend, %d reloads: %d answered, %d refused, none lost%n",
          each * CLIENTS, deaths.get(), reloads.sum(), got.cardinality(), refused.intValue());
    }
  }

  private static double counted(TapStack stack) {
    return stack
        .tap
        .meters()
        .text()
        .lines()
        .filter(line -> line.startsWith("pharos_tap_requests_total"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
