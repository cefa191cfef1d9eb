package io.pharos.template;

import static io.pharos.template.value.TemplateObject.method;

import io.pharos.model.Labels;
import io.pharos.template.value.TemplateObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Alertmanager's KV: labels or annotations with the methods SortedPairs, Names, Values and Remove.
/// The value of a missing name is the empty string.
public record KeyValues(SortedMap<String, String> entries) implements TemplateObject {
  public KeyValues {
    entries = Collections.unmodifiableSortedMap(entries);
  }

  /// Creates the pairs of a label set.
  public static KeyValues of(Labels labels) {
    return new KeyValues(new TreeMap<>(labels.toMap()));
  }

  /// Creates the pairs of a map, which may have empty values, unlike a label set.
  public static KeyValues of(Map<String, String> entries) {
    return new KeyValues(new TreeMap<>(entries));
  }

  /// Returns the value of a name; empty if missing.
  public String get(String name) {
    return entries.getOrDefault(name, "");
  }

  @Override
  public String typeName() {
    return "template.KV";
  }

  @Override
  public Shape shape() {
    return new Mapping(entries);
  }

  @Override
  public Optional<String> printed() {
    return sortedPairs().printed();
  }

  @Override
  public Optional<Member> member(String name) {
    return switch (name) {
      case "SortedPairs" -> method(name, () -> sortedPairs());
      case "Names" -> method(name, () -> sortedPairs().names());
      case "Values" -> method(name, () -> sortedPairs().values());
      case "Remove" -> method(name, 1, arguments -> remove(arguments.strings(0)));
      default -> Optional.of(new Property(get(name)));
    };
  }

  private KeyValues remove(List<String> names) {
    var kept = new TreeMap<>(entries);
    names.forEach(kept::remove);
    return new KeyValues(kept);
  }

  /// Returns the pairs sorted by name, with `alertname` first.
  Pairs sortedPairs() {
    var pairs = new ArrayList<Pair>();
    String alertName = entries.get("alertname");
    if (alertName != null) {
      pairs.add(new Pair("alertname", alertName));
    }
    entries.forEach(
        (name, value) -> {
          if (!name.equals("alertname")) {
            pairs.add(new Pair(name, value));
          }
        });
    return new Pairs(pairs);
  }

  /// A name and its value.
  record Pair(String name, String value) implements TemplateObject {
    @Override
    public String typeName() {
      return "template.Pair";
    }

    @Override
    public Shape shape() {
      return Struct.of("Name", name, "Value", value);
    }
  }

  /// A list of pairs.
  record Pairs(List<Pair> pairs) implements TemplateObject {
    Pairs {
      pairs = List.copyOf(pairs);
    }

    @Override
    public Optional<String> printed() {
      return Optional.of(
          pairs.stream()
              .map(pair -> pair.name() + "=" + pair.value())
              .collect(java.util.stream.Collectors.joining(", ")));
    }

    List<String> names() {
      return pairs.stream().map(Pair::name).toList();
    }

    List<String> values() {
      return pairs.stream().map(Pair::value).toList();
    }

    @Override
    public String typeName() {
      return "template.Pairs";
    }

    @Override
    public Shape shape() {
      return new Sequence(pairs);
    }

    @Override
    public Optional<Member> member(String name) {
      return switch (name) {
        case "Names" -> method(name, () -> names());
        case "Values" -> method(name, () -> values());
        default -> Optional.empty();
      };
    }
  }
}
