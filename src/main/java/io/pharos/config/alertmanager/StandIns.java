package io.pharos.config.alertmanager;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Replaces all secrets of an integration by placeholders, so that a preview of its messages can be
/// stored and shown. Finds them by reflection on record components, so that the secret of a new
/// component can't be forgotten.
public final class StandIns {
  private static final String HOST = ".not-configured.invalid/";

  private StandIns() {}

  /// Returns the integration with placeholders: secret URLs are below `not-configured.invalid`,
  /// other secrets are `not-configured-` and the name of their component. OAuth 2.0 is off, so that
  /// no token is fetched.
  public static <T extends IntegrationConfig> T of(T integration) {
    return rebuilt(integration);
  }

  private static @Nullable Object replaced(String name, @Nullable Object value) {
    return switch (value) {
      case null -> null;
      case SecretSource.Unset unset -> unset;
      case SecretSource.Inline _, SecretSource.FromFile _ -> SecretSource.inline(standIn(name));
      case Credentials.OAuth2 _ -> new Credentials.None();
      case TlsOptions tls -> tls;
      case Record record -> rebuilt(record);
      case List<?> list -> list.stream().map(item -> replaced(name, item)).toList();
      case Map<?, ?> map -> {
        var copy = new LinkedHashMap<Object, @Nullable Object>();
        map.forEach((key, item) -> copy.put(key, replaced(name, item)));
        yield map instanceof SortedMap<?, ?> ? new TreeMap<>(copy) : copy;
      }
      default -> value;
    };
  }

  private static String standIn(String component) {
    String key = component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return key.endsWith("url") ? "https://" + key + HOST : "not-configured-" + key;
  }

  @SuppressWarnings("unchecked") // the constructor belongs to the record's own class
  private static <T> T rebuilt(T record) {
    RecordComponent[] components = record.getClass().getRecordComponents();
    var types = new ArrayList<Class<?>>();
    var values = new ArrayList<@Nullable Object>();
    try {
      for (RecordComponent component : components) {
        types.add(component.getType());
        component.getAccessor().setAccessible(true);
        values.add(replaced(component.getName(), component.getAccessor().invoke(record)));
      }
      Constructor<?> constructor =
          record.getClass().getDeclaredConstructor(types.toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return (T) constructor.newInstance(values.toArray());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(record.getClass() + " can't be copied", e);
    }
  }
}
