package io.pharos.alerting.silence;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An in-memory silence store.
public final class InMemorySilenceStore implements Silences.Store {
  private final Map<String, Silence> silences = new LinkedHashMap<>();
  boolean failing;

  @Override
  public List<Silence> load() {
    if (failing) {
      throw new IllegalStateException("the database is away");
    }
    return List.copyOf(silences.values());
  }

  @Override
  public void save(Collection<Silence> saved) {
    saved.forEach(silence -> silences.put(silence.id(), silence));
  }

  @Override
  public void delete(Collection<String> ids) {
    ids.forEach(silences::remove);
  }
}
