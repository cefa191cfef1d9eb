package io.pharos.config.yaml;

import java.io.StringWriter;
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

/// Prints YAML with its secrets replaced by a placeholder. It prints the parsed nodes instead of
/// the source text, so that a secret is replaced however it is written. Comments are dropped.
public final class MaskedYaml {
  /// Placeholder for a secret.
  public static final String MASK = "<secret>";

  private static final int MAX_LINE_LENGTH = 4096;

  private final Secrets secrets;
  private final UnaryOperator<String> redactParts;
  private final Set<Node> secretNodes = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<String> secretTexts = new HashSet<>();
  private final IdentityHashMap<Node, Set<Context>> seen = new IdentityHashMap<>();
  private final Set<Node> replaced = Collections.newSetFromMap(new IdentityHashMap<>());

  private MaskedYaml(Secrets secrets, UnaryOperator<String> redactParts) {
    this.secrets = secrets;
    this.redactParts = redactParts;
  }

  /// Decides which values are secrets. If a mapping or a list is a secret, so is everything in it.
  @FunctionalInterface
  public interface Secrets {
    /// Returns whether a value is a secret.
    ///
    /// @param parent key of the mapping that contains this value's mapping; empty at the top level
    /// @param scalar whether the value is neither a mapping nor a list
    boolean isSecret(String parent, String key, boolean scalar);
  }

  private record Context(String parent, String key, boolean secret) {}

  /// Prints a text. Replaces every secret, and also every other scalar that equals a secret.
  ///
  /// @param redactParts redacts the secret parts of other values, such as passwords in URLs
  /// @throws ConfigException when the text is not YAML
  public static String of(
      String name, String text, Secrets secrets, UnaryOperator<String> redactParts) {
    var options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setWidth(MAX_LINE_LENGTH);
    var yaml = new Yaml(options);
    var out = new StringWriter();
    for (Node document : YamlFile.nodes(name, text)) {
      var masked = new MaskedYaml(secrets, redactParts);
      masked.find(document, new Context("", "", false));
      yaml.serialize(masked.replace(document), out);
    }
    return out.toString();
  }

  /* A node that aliases refer to is visited once for each place where it is used. */
  private void find(Node node, Context context) {
    if (!seen.computeIfAbsent(node, _ -> new HashSet<>()).add(context)) {
      return;
    }
    switch (node) {
      case ScalarNode scalar -> {
        if (context.secret() && !scalar.getValue().isEmpty()) {
          secretNodes.add(scalar);
          secretTexts.add(scalar.getValue());
        }
      }
      case SequenceNode sequence -> sequence.getValue().forEach(item -> find(item, context));
      case MappingNode mapping -> {
        for (NodeTuple tuple : mapping.getValue()) {
          String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
          // Entries that `<<` merges belong to the mapping that contains the `<<`.
          boolean merges = tuple.getKeyNode().getTag().equals(Tag.MERGE);
          find(
              tuple.getValueNode(),
              merges
                  ? context
                  : new Context(
                      context.key(),
                      key,
                      context.secret()
                          || secrets.isSecret(
                              context.key(), key, tuple.getValueNode() instanceof ScalarNode)));
        }
      }
      default -> throw new IllegalStateException("unexpected YAML node " + node.getNodeId());
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
          mapping
              .getValue()
              .replaceAll(
                  tuple -> new NodeTuple(tuple.getKeyNode(), replace(tuple.getValueNode())));
        }
      }
      default -> throw new IllegalStateException("unexpected YAML node " + node.getNodeId());
    }
    return node;
  }

  private Node replace(ScalarNode scalar) {
    String text = scalar.getValue();
    String shown =
        secretNodes.contains(scalar) || secretTexts.contains(text) ? MASK : redactParts.apply(text);
    return shown.equals(text)
        ? scalar
        : new ScalarNode(Tag.STR, shown, null, null, DumperOptions.ScalarStyle.PLAIN);
  }
}
