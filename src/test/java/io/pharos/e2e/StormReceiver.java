package io.pharos.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A webhook that remembers every message by the alert that it is about and by its idempotency key.
/// Each message is about one alert. The path of the address, if any, is the first word of a state,
/// as in `lead firing A1`.
final class StormReceiver implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final Map<String, Map<String, AtomicInteger>> keysByState = new ConcurrentHashMap<>();
  private final Map<String, Instant> lastAt = new ConcurrentHashMap<>();

  StormReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::receive);
    server.start();
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode message = JSON.readTree(exchange.getRequestBody());
      String key = exchange.getRequestHeaders().getFirst("X-Pharos-Delivery");
      String way = exchange.getRequestURI().getPath().substring(1);
      for (JsonNode alert : message.path("alerts")) {
        String state =
            (way + " ").stripLeading()
                + alert.path("status").asText()
                + " "
                + alert.path("labels").path("alertname").asText();
        lastAt.put(state, Instant.now());
        keysByState
            .computeIfAbsent(state, _ -> new ConcurrentHashMap<>())
            .computeIfAbsent(key, _ -> new AtomicInteger())
            .incrementAndGet();
      }
      exchange.sendResponseHeaders(200, -1);
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  /// When a state was last told; empty if never.
  Optional<Instant> lastAt(String state) {
    return Optional.ofNullable(lastAt.get(state));
  }

  /// All states that were told, as in `resolved A1`.
  Set<String> told() {
    return new java.util.TreeSet<>(keysByState.keySet());
  }

  /// Those of the states, as in `firing A1`, of which no message came.
  Set<String> missing(Set<String> states) {
    var missing = new TreeSet<>(states);
    missing.removeAll(keysByState.keySet());
    return missing;
  }

  /// States that were told under more than one key: duplicates that a receiver can't tell.
  List<String> toldTwice() {
    var twice = new ArrayList<String>();
    keysByState.forEach(
        (state, keys) -> {
          if (keys.size() > 1) {
            twice.add(state + " " + keys);
          }
        });
    return twice;
  }

  /// How many messages came again under the same key.
  int repeatedUnderOneKey() {
    return keysByState.values().stream()
        .flatMap(keys -> keys.values().stream())
        .mapToInt(count -> count.get() - 1)
        .sum();
  }

  /// What was told, as in `firing A1`, in the order of the names.
  Set<String> states() {
    return new TreeSet<>(keysByState.keySet());
  }

  /// Whether all that was told as firing was told as resolved too.
  boolean hasToldEnds() {
    Set<String> states = states();
    return states.stream()
        .filter(state -> state.startsWith("firing "))
        .allMatch(state -> states.contains(state.replace("firing ", "resolved ")));
  }

  /// Begins anew, with nothing told.
  void forget() {
    keysByState.clear();
    lastAt.clear();
  }

  int messages() {
    return keysByState.values().stream()
        .flatMap(keys -> keys.values().stream())
        .mapToInt(AtomicInteger::get)
        .sum();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
