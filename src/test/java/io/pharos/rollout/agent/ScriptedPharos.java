package io.pharos.rollout.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ObservedServer;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// A Pharos with answers that a test sets, and that can be unavailable.
final class ScriptedPharos implements AutoCloseable {
  private static final int LEASE_SECONDS = 4;

  private final int port = HaproxyRig.freePort();
  private @Nullable HttpServer server;
  private volatile @Nullable DesiredServers desired;
  private volatile @Nullable DesiredServers approved;
  private volatile @Nullable Heartbeat heard;
  private volatile boolean idle = true;
  private volatile long revision;

  ScriptedPharos() throws IOException {}

  String url() {
    return "http://127.0.0.1:" + port;
  }

  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/pharos/v1/rollouts/lease", this::lease);
    server.start();
  }

  void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
  }

  @Override
  public void close() {
    stop();
  }

  /// @param wanted and `good` as `AgentRig.fleet` reads them
  void wants(String wanted, String good) {
    approved = AgentRig.fleet(good);
    desired = AgentRig.fleet(wanted);
    idle = false;
    revision++;
  }

  /// Sets the state between rollouts.
  void keeps(String wanted) {
    wants(wanted, wanted);
    idle = true;
  }

  /// Returns whether the agent has reported the desired servers.
  boolean isMatched() {
    Heartbeat last = heard;
    DesiredServers fleet = desired;
    if (last == null || fleet == null) {
      return false;
    }
    return fleet.servers().entrySet().stream()
        .allMatch(
            entry -> {
              ObservedServer seen = last.servers().get(entry.getKey());
              return seen != null && entry.getValue().matches(seen, entry.getValue().running());
            });
  }

  /// Forgets earlier heartbeats.
  void forget() {
    heard = null;
  }

  @Nullable Heartbeat heard() {
    return heard;
  }

  private void lease(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    heard = Heartbeat.parse(body);
    var answer =
        new HeartbeatAnswer(
            1,
            LEASE_SECONDS,
            idle ? null : "r1",
            idle ? null : "key",
            idle ? HeartbeatAnswer.IDLE : "STEP",
            revision,
            desired,
            approved,
            null,
            5);
    HaproxyRig.answer(exchange, 200, answer.toJson());
  }
}
