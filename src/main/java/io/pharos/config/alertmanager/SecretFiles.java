package io.pharos.config.alertmanager;

import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The files that an integration reads its secrets from. Without one of them it can tell nobody: it
/// is configured but for its secret.
/* It goes through the components of the records, so that no secret is forgotten when an integration
 * gets another one. */
public final class SecretFiles {
  private SecretFiles() {}

  /// All of them, in the order in which they are asked for. Certificates are not secrets.
  public static List<Path> of(IntegrationConfig integration) {
    var files = new ArrayList<Path>();
    for (SecretSource secret : secrets(integration)) {
      if (secret instanceof SecretSource.FromFile(Path file)) {
        files.add(file);
      }
    }
    return List.copyOf(files);
  }

  /// The first of them that does not exist now.
  public static Optional<Path> missing(IntegrationConfig integration) {
    return missing(of(integration));
  }

  /// The first of some files that does not exist now.
  public static Optional<Path> missing(List<Path> files) {
    return files.stream().filter(file -> Files.notExists(file)).findFirst();
  }

  /// All secrets of an integration, set or not: its own first, then those of the call.
  public static List<SecretSource> secrets(IntegrationConfig integration) {
    return ofRecord(integration);
  }

  private static List<SecretSource> ofRecord(Object record) {
    var own = new ArrayList<SecretSource>();
    var nested = new ArrayList<SecretSource>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        collect(component.getAccessor().invoke(record), own, nested);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(record.getClass() + " can't be read", e);
      }
    }
    own.addAll(nested);
    return own;
  }

  private static void collect(
      @Nullable Object value, List<SecretSource> own, List<SecretSource> nested) {
    switch (value) {
      case null -> {}
      case SecretSource secret -> own.add(secret);
      case TlsOptions _ -> {}
      case Record record -> nested.addAll(ofRecord(record));
      case List<?> list -> list.forEach(item -> collect(item, own, nested));
      case Map<?, ?> map -> map.values().forEach(item -> collect(item, own, nested));
      default -> {}
    }
  }
}
