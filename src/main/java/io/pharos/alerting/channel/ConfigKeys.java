package io.pharos.alerting.channel;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Reads, prints and lists the keys of an integration, which are the components of its
/// configuration record. Keys are printed in the order of the components.
///
/// The key of a component is its name in snake case, unless [Key] sets another key.
public final class ConfigKeys {
  private ConfigKeys() {}

  /// Sets the key of a component and how it is printed.
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  public @interface Key {
    /// The key; empty for the component's name in snake case.
    String value() default "";

    /// Whether the key is printed even if its text is empty.
    boolean always() default false;
  }

  /// Marks a component whose texts are templates, and sets its default.
  @Retention(RetentionPolicy.RUNTIME)
  @Target(ElementType.RECORD_COMPONENT)
  public @interface Text {
    /// The text that is used if the file does not set the key.
    String value() default "";
  }

  /// Reads the keys of an integration into a record.
  ///
  /// @param alreadyRead values of the components that the caller has read, by component name
  public static <R extends Record> R read(
      Class<R> type, KeyReader keys, Map<String, ? extends @Nullable Object> alreadyRead) {
    return create(
        type,
        (component, key) ->
            alreadyRead.containsKey(component.getName())
                ? alreadyRead.get(component.getName())
                : read(component, key, keys));
  }

  /// Reads a record whose components are all texts, such as an element of a list. Rejects keys that
  /// are no components.
  public static <R extends Record> R readTexts(Class<R> type, YamlMap map) {
    R texts = create(type, (component, key) -> map.string(key, ""));
    map.finish();
    return texts;
  }

  private static Object read(RecordComponent component, String key, KeyReader keys) {
    Class<?> type = component.getType();
    YamlMap map = keys.map();
    if (type == String.class) {
      return map.string(key, defaultText(component));
    } else if (type == boolean.class) {
      return map.bool(key, false);
    } else if (type == int.class) {
      return map.integer(key, 0);
    } else if (type == Duration.class) {
      return map.duration(key, Duration.ZERO);
    } else if (type == List.class) {
      return map.strings(key);
    } else if (type == SecretSource.class) {
      return keys.secret(key);
    } else if (type == HttpOptions.class) {
      return keys.http();
    } else if (type == ChatWebhook.class) {
      return ChatWebhook.read(keys);
    }
    throw new IllegalStateException("no reader for the component " + component);
  }

  private static <R extends Record> R create(
      Class<R> type, BiFunction<RecordComponent, String, @Nullable Object> reader) {
    RecordComponent[] components = type.getRecordComponents();
    var types = new Class<?>[components.length];
    var values = new @Nullable Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      values[i] = reader.apply(components[i], key(components[i]));
    }
    try {
      Constructor<R> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot create " + type, e);
    }
  }

  /// Prints a record.
  ///
  /// @param replacements texts that are printed instead of the values of their keys; a key with an
  ///   empty text is omitted
  public static void print(Record config, ConfigSection section, Map<String, String> replacements) {
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      String key = key(component);
      if (replacements.containsKey(key)) {
        section.putText(key, replacements.get(key));
      } else {
        print(config, component, key, section);
      }
    }
  }

  private static void print(
      Record config, RecordComponent component, String key, ConfigSection section) {
    Object value = value(component, config);
    switch (value) {
      case null -> {}
      case String text -> {
        Key settings = component.getAnnotation(Key.class);
        boolean always = settings != null && settings.always();
        if (always || !defaultText(component).isEmpty()) {
          section.put(key, text);
        } else {
          section.putText(key, text);
        }
      }
      case ChatWebhook hook -> hook.print(section);
      case HttpOptions http -> section.putCommon(((IntegrationConfig) config).sendResolved(), http);
      case SecretSource secret -> section.putSecret(key, secret);
      case TlsOptions tls -> section.putTls(key, tls);
      case HostPort address -> section.put(key, address.toString());
      case Duration duration -> section.putDuration(key, duration);
      case Map<?, ?> map -> {
        if (!map.isEmpty()) {
          section.put(key, (Object) new LinkedHashMap<>(map));
        }
      }
      case List<?> list when isRecords(component) ->
          section.putEach(key, list, (item, element) -> print((Record) element, item, Map.of()));
      case List<?> list -> section.putAll(key, list);
      case Record record -> {
        var nested = new ConfigSection();
        print(record, nested, Map.of());
        section.put(key, nested);
      }
      default -> section.put(key, value);
    }
  }

  static Map<String, String> templates(Record config) {
    var texts = new LinkedHashMap<String, String>();
    addTemplates(config, "", texts);
    return texts;
  }

  private static void addTemplates(Record config, String prefix, Map<String, String> texts) {
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      if (component.getAnnotation(Text.class) == null) {
        continue;
      }
      String key = prefix + key(component);
      switch (value(component, config)) {
        case String text -> texts.put(key, text);
        case Map<?, ?> map ->
            map.forEach((name, text) -> texts.put(key + "." + name, String.valueOf(text)));
        case List<?> list -> {
          for (int i = 0; i < list.size(); i++) {
            addTemplates((Record) list.get(i), key + "[" + i + "].", texts);
          }
        }
        case null, default -> throw new IllegalStateException(component + " cannot have templates");
      }
    }
  }

  private static boolean isRecords(RecordComponent component) {
    return component.getGenericType() instanceof ParameterizedType type
        && type.getActualTypeArguments()[0] != String.class;
  }

  private static String defaultText(RecordComponent component) {
    Text text = component.getAnnotation(Text.class);
    return text == null ? "" : text.value();
  }

  private static String key(RecordComponent component) {
    Key settings = component.getAnnotation(Key.class);
    return settings == null || settings.value().isEmpty()
        ? component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT)
        : settings.value();
  }

  private static @Nullable Object value(RecordComponent component, Record config) {
    try {
      return component.getAccessor().invoke(config);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
