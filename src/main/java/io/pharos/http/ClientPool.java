package io.pharos.http;

import io.pharos.config.http.HttpOptions;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// Shares one client for all equal options, because each client has its own thread and connections.
/// Thread-safe.
public final class ClientPool implements AutoCloseable {
  private final Clients clients;
  private final Map<HttpOptions, OutgoingClient> open = new HashMap<>();

  /* Clients by the identity of the options: computing the hash of options, and comparing them,
   * takes as long as a small request. */
  private final IdentityHashMap<HttpOptions, OutgoingClient> byObject = new IdentityHashMap<>();

  public ClientPool(Clients clients) {
    this.clients = clients;
  }

  /// Returns the client for these options.
  public synchronized OutgoingClient client(HttpOptions options) {
    OutgoingClient known = byObject.get(options);
    if (known == null) {
      known = open.computeIfAbsent(options, clients::open);
      byObject.put(options, known);
    }
    return known;
  }

  /// Shuts down the clients of all options that are not in the set; running requests complete.
  public synchronized void retain(Set<HttpOptions> used) {
    byObject.clear();
    open.entrySet()
        .removeIf(
            entry -> {
              boolean unused = !used.contains(entry.getKey());
              if (unused) {
                entry.getValue().shutdown();
              }
              return unused;
            });
  }

  /// Closes all clients and aborts running requests.
  @Override
  public synchronized void close() {
    open.values().forEach(OutgoingClient::close);
    open.clear();
    byObject.clear();
  }
}
