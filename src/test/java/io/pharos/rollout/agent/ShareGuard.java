package io.pharos.rollout.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Looks again and again how much weight a candidate has at a HAProxy of `HaproxyRig`, and whether
/// that is more than it may have by then.
public final class ShareGuard implements AutoCloseable {
  private final Haproxy haproxy;
  private final String candidate;
  private final Duration grace;
  private final Thread thread;
  private volatile boolean looks = true;
  private volatile int allowed;
  private volatile int excess;

  /// @param socket of HAProxy's runtime API
  /// @param grace within which [#allow] is called for a weight that was seen
  public ShareGuard(Path socket, String candidate, Duration grace) {
    this.grace = grace;
    haproxy = new Haproxy(socket.toString(), "remotegpu", Optional.empty());
    this.candidate = candidate;
    thread = Thread.ofVirtual().start(this::look);
  }

  /// What it may have from now on, if that is more than before.
  public void allow(int weight) {
    allowed = Math.max(allowed, weight);
  }

  /// How much it had beyond what was allowed, at the worst.
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
