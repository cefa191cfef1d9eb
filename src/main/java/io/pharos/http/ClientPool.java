package io.pharos.http;

import io.pharos.config.http.HttpOptions;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;

/// The clients in use, one for each distinct set of options: each has a thread and connections of
/// its own. Thread-safe.
public final class ClientPool implements AutoCloseable {
  private final Clients clients;
  private final Map<HttpOptions, OutgoingClient> open = new HashMap<>();

  /* To hash options and to compare them takes as long as a small request. */
  private final IdentityHashMap<HttpOptions, OutgoingClient> byObject = new IdentityHashMap<>();

  public ClientPool(Clients clients) {
    this.clients = clients;
  }

  /// The client of these options.
  public synchronized OutgoingClient client(HttpOptions options) {
    OutgoingClient known = byObject.get(options);
    if (known == null) {
      known = open.computeIfAbsent(options, clients::open);
      byObject.put(options, known);
    }
    return known;
  }

  /// Lets go of the clients of other options than these; requests under way go on.
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

  /// Ends requests under way too.
  @Override
  public synchronized void close() {
    open.values().forEach(OutgoingClient::close);
    open.clear();
    byObject.clear();
  }
}
