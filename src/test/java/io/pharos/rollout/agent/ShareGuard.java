package io.pharos.rollout.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Polls the weight of a candidate at a HAProxy of `HaproxyRig`, and checks that it does not exceed
/// the allowed share.
public final class ShareGuard implements AutoCloseable {
  private final Haproxy haproxy;
  private final String candidate;
  private final Duration grace;
  private final Thread thread;
  private volatile boolean looks = true;
  private volatile int allowed;
  private volatile int excess;

  /// @param socket socket of HAProxy's runtime API
  /// @param grace time within which [#allow] must follow an observed weight
  public ShareGuard(Path socket, String candidate, Duration grace) {
    this.grace = grace;
    haproxy = new Haproxy(socket.toString(), "remotegpu", Optional.empty());
    this.candidate = candidate;
    thread = Thread.ofVirtual().start(this::look);
  }

  /// Raises the allowed share.
  public void allow(int weight) {
    allowed = Math.max(allowed, weight);
  }

  /// Returns the largest excess over the allowed share.
  public int excess() {
    return excess;
  }

  private void look() {
    while (looks) {
      try {
        BalancedServer server = haproxy.servers().get(candidate);
        if (server != null) {
          Thread.sleep(grace); // who says what is allowed may hear of it after the agent
          excess = Math.max(excess, server.weight() - allowed);
        }
        Thread.sleep(50);
      } catch (IOException _) { // HAProxy is away
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  @Override
  public void close() {
    looks = false;
    thread.interrupt();
  }
}
