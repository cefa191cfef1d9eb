package io.pharos.config.yaml;

import static java.util.Objects.requireNonNull;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/// A YAML text without its secrets: printed anew from what was parsed, so that no spelling of a
/// value gets past, and without comments.
public final class MaskedYaml {
  /// What stands in for a secret.
  public static final String MASK = "<secret>";

  private static final int LINE = 4096;

  private final Secrets secrets;
  private final UnaryOperator<String> plain;
  private final Set<Node> secretNodes = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<String> secretTexts = new HashSet<>();
  private final IdentityHashMap<Node, Set<Where>> seen = new IdentityHashMap<>();
  private final Set<Node> replaced = Collections.newSetFromMap(new IdentityHashMap<>());

  private MaskedYaml(Secrets secrets, UnaryOperator<String> plain) {
    this.secrets = requireNonNull(secrets, "secrets is null");
    this.plain = requireNonNull(plain, "plain is null");
  }

  /// Says which values are secrets; what is below one is a secret too.
  @FunctionalInterface
  public interface Secrets {
    /// Whether a value is a secret.
    ///
    /// @param parent the key of the mapping that the value's own mapping stands under; empty at the
    ///   top
    /// @param key the value's own key
    /// @param scalar whether the value is a text, a number or the like
    boolean isSecret(String parent, String key, boolean scalar);
  }

  private record Where(String parent, String key, boolean secret) {}

  /// The text with every secret masked, and every other text equal to one.
  ///
  /// @param name what errors call the text
  /// @param plain changes texts that are no secrets but may hold one, as URLs do
  /// @throws ConfigException when the text is not YAML
  public static String of(String name, String text, Secrets secrets, UnaryOperator<String> plain) {
    var options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(LINE);
    var yaml = new Yaml(options);
    var out = new StringWriter();
    for (Node document : YamlFile.nodes(name, text)) {
      var masked = new MaskedYaml(secrets, plain);
      masked.find(document, new Where("", "", false));
      yaml.serialize(masked.replace(document), out);
    }
    return out.toString();
  }

  /* A node that aliases repeat is looked at once for each place that it may stand in. */
  private void find(Node node, Where where) {
    if (!seen.computeIfAbsent(node, _ -> new HashSet<>()).add(where)) {
      return;
    }
    switch (node) {
      case ScalarNode scalar -> {
        if (where.secret() && !scalar.getValue().isEmpty()) {
          secretNodes.add(scalar);
          secretTexts.add(scalar.getValue());
        }
      }
      case SequenceNode sequence -> sequence.getValue().forEach(item -> find(item, where));
      case MappingNode mapping -> {
        for (NodeTuple tuple : mapping.getValue()) {
          String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
          // What is merged stands where the mapping stands that it is merged into.
          boolean merges = tuple.getKeyNode().getTag().equals(Tag.MERGE);
          find(
              tuple.getValueNode(),
              merges
                  ? where
                  : new Where(
                      where.key(),
                      key,
                      where.secret()
                          || secrets.isSecret(
                              where.key(), key, tuple.getValueNode() instanceof ScalarNode)));
        }
      }
      default -> throw new IllegalStateException("composed texts hold no " + node.getNodeId());
    }
  }

  private Node replace(Node node) {
    switch (node) {
      case ScalarNode scalar -> {
        return replace(scalar);
      }
      case SequenceNode sequence -> {
        if (replaced.add(sequence)) {
          sequence.getValue().replaceAll(this::replace);
        }
      }
      case MappingNode mapping -> {
        if (replaced.add(mapping)) {
          var tuples = new ArrayList<NodeTuple>();
          for (NodeTuple tuple : mapping.getValue()) {
            tuples.add(new NodeTuple(tuple.getKeyNode(), replace(tuple.getValueNode())));
          }
          mapping.setValue(tuples);
        }
      }
      default -> throw new IllegalStateException("composed texts hold no " + node.getNodeId());
    }
    return node;
  }

  private Node replace(ScalarNode scalar) {
    String text = scalar.getValue();
    String shown =
        secretNodes.contains(scalar) || secretTexts.contains(text) ? MASK : plain.apply(text);
    return shown.equals(text)
        ? scalar
        : new ScalarNode(Tag.STR, shown, null, null, DumperOptions.ScalarStyle.PLAIN);
  }
}
