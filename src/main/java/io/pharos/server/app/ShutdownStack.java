package io.pharos.server.app;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes parts at shutdown, the last added first. A part that fails to close does not stop the
/// others.
final class ShutdownStack implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShutdownStack.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  synchronized <T extends AutoCloseable> T add(T part) {
    open.push(part);
    return part;
  }

  @Override
  public synchronized void close() {
    while (!open.isEmpty()) {
      AutoCloseable part = open.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        LOG.warn("interrupted while closing {}", part.getClass().getSimpleName(), e);
      } catch (Exception e) {
        LOG.error("closing {} failed", part.getClass().getSimpleName(), e);
      }
    }
  }
}
