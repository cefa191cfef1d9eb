package io.pharos.ingest.fleet;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.ingest.fleet.FleetReading.Unreadable;
import io.pharos.ingest.store.Resp;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads the heartbeats of hosts from their keys. It uses only commands that change no data:
/// `AUTH`, `SELECT`, `TIME`, `SCAN` and `MGET`.
record RedisSource(FleetConfig.Redis config, int maxHosts) implements FleetReading.Source {
  private static final String SCAN_COUNT = "1000";
  private static final int KEYS_PER_MGET = 500;

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public FleetReading read() throws Unreadable {
    String address = config.host() + ":" + config.port();
    try (var redis = new RedisConnection(config.host(), config.port(), config.timeout())) {
      logIn(redis);
      List<?> time = redis.list("TIME");
      Instant clock = Instant.ofEpochSecond(Long.parseLong(String.valueOf(time.getFirst())));
      var hosts = new TreeSet<String>();
      int leftOut = scan(redis, hosts);
      var beats = new HashMap<String, Instant>();
      List<String> hostList = new ArrayList<>(hosts);
      for (int from = 0; from < hostList.size(); from += KEYS_PER_MGET) {
        beats(
            redis, hostList.subList(from, Math.min(hostList.size(), from + KEYS_PER_MGET)), beats);
      }
      return new FleetReading(clock, beats, Optional.empty(), List.of(), leftOut);
    } catch (IOException e) {
      throw new Unreadable(address + ": " + e.getMessage(), e);
    } catch (NumberFormatException | NoSuchElementException | DateTimeException e) {
      throw new Unreadable(address + " returned an invalid time for the command TIME", e);
    }
  }

  private void logIn(RedisConnection redis) throws IOException {
    Optional<String> password = config.password().read();
    if (password.isPresent()) {
      var _ =
          config.username().isEmpty()
              ? redis.call("AUTH", password.get())
              : redis.call("AUTH", config.username(), password.get());
    }
    if (config.database() != 0) {
      var _ = redis.call("SELECT", Integer.toString(config.database()));
    }
  }

  private int scan(RedisConnection redis, Set<String> hosts) throws IOException {
    var skipped = new TreeSet<String>();
    String cursor = "0";
    do {
      List<?> page =
          redis.list("SCAN", cursor, "MATCH", config.prefix() + "*", "COUNT", SCAN_COUNT);
      if (page.size() != 2 || !(page.get(1) instanceof List<?> keys)) {
        throw new IOException("unexpected answer to SCAN");
      }
      cursor = String.valueOf(page.getFirst());
      for (Object key : keys) {
        if (!(key instanceof String text) || !text.startsWith(config.prefix())) {
          throw new IOException("unexpected answer to SCAN");
        }
        String host = text.substring(config.prefix().length());
        if (hosts.contains(host)) {
          continue;
        }
        if (!FleetReading.isLabelValue(host) || hosts.size() == maxHosts) {
          if (skipped.size() < maxHosts) {
            skipped.add(host);
          }
        } else {
          hosts.add(host);
        }
      }
    } while (!cursor.equals("0"));
    return skipped.size();
  }

  private void beats(RedisConnection redis, List<String> hosts, Map<String, Instant> beats)
      throws IOException {
    var command = new ArrayList<String>();
    command.add("MGET");
    hosts.forEach(host -> command.add(config.prefix() + host));
    List<?> values = redis.list(command.toArray(String[]::new));
    if (values.size() != hosts.size()) {
      throw new IOException(
          "MGET returned " + values.size() + " values for " + hosts.size() + " keys");
    }
    for (int i = 0; i < hosts.size(); i++) {
      Object value = values.get(i);
      if (value != null) { // null if the key expired meanwhile
        beats.put(hosts.get(i), beat(hosts.get(i), String.valueOf(value)));
      }
    }
  }

  private Instant beat(String host, String text) throws IOException {
    JsonNode node = JSON.readTree(text);
    for (String key : config.beat()) {
      node = node.path(key);
    }
    try {
      if (node.isNumber()) {
        return Instant.ofEpochMilli(
            new BigDecimal(node.asText()).movePointRight(3).longValueExact());
      }
      return OffsetDateTime.parse(node.asText()).toInstant();
    } catch (DateTimeException | ArithmeticException e) {
      throw new IOException(
          config.prefix() + host + " has no time at " + String.join(".", config.beat()), e);
    }
  }

  /// A connection to a Redis server, with one deadline for all commands together. Errors contain
  /// the name of the command, but no arguments.
  static final class RedisConnection implements AutoCloseable {
    private static final Resp.Limits LIMITS = new Resp.Limits(1024, 64 * 1024, 100_000, 4);

    private final Socket socket = new Socket();
    private final Resp resp;
    private final long deadline;

    /// Opens the connection. `limit` is the maximum time for connecting and all commands together.
    RedisConnection(String host, int port, Duration limit) throws IOException {
      deadline = System.nanoTime() + limit.toNanos();
      try {
        socket.connect(new InetSocketAddress(host, port), remainingMillis());
        var in = new BufferedInputStream(new Timed(socket.getInputStream()));
        resp = new Resp(in, socket.getOutputStream(), LIMITS);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    private int remainingMillis() throws SocketTimeoutException {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis < 1) {
        throw new SocketTimeoutException("the commands took longer than the timeout");
      }
      return (int) millis;
    }

    /// Runs a command and returns a text, a number as text, null, or a list of such values. Throws
    /// IOException if the command is rejected or not answered in time.
    @Nullable Object call(String... command) throws IOException {
      try {
        return resp.call(command);
      } catch (Resp.Refused e) {
        // The message contains only the error code, because the rest may repeat arguments.
        throw new IOException(e.getMessage() + ": " + e.text().split(" ", 2)[0], e);
      }
    }

    /// Runs a command that returns a list, like [#call].
    List<?> list(String... command) throws IOException {
      if (call(command) instanceof List<?> list) {
        return list;
      }
      throw new IOException(command[0] + " returned no list");
    }

    /// Limits the time of each read to the remaining time.
    private final class Timed extends FilterInputStream {
      Timed(InputStream in) {
        super(in);
      }

      @Override
      public int read(byte[] bytes, int from, int length) throws IOException {
        socket.setSoTimeout(remainingMillis());
        return super.read(bytes, from, length);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
