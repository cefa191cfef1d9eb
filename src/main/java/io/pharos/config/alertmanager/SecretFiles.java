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

/// Finds the secrets of an integration by reflection on its record components, so that the secret
/// of a new component can't be forgotten.
public final class SecretFiles {
  private SecretFiles() {}

  /// Returns the files with secrets, in the order of [#secrets]. Certificates are not among them.
  public static List<Path> of(IntegrationConfig integration) {
    return secrets(integration).stream()
        .filter(SecretSource.FromFile.class::isInstance)
        .map(secret -> ((SecretSource.FromFile) secret).file())
        .toList();
  }

  /// Returns the first of an integration's secret files that does not exist; empty if all exist.
  public static Optional<Path> missing(IntegrationConfig integration) {
    return missing(of(integration));
  }

  /// Returns the first file that does not exist; empty if all exist.
  public static Optional<Path> missing(List<Path> files) {
    return files.stream().filter(file -> Files.notExists(file)).findFirst();
  }

  /// Returns all secrets of an integration, also unset ones: first the secrets among its
  /// components, then those of nested records.
  public static List<SecretSource> secrets(IntegrationConfig integration) {
    return ofRecord(integration);
  }

  private static List<SecretSource> ofRecord(Object record) {
    var direct = new ArrayList<SecretSource>();
    var nested = new ArrayList<SecretSource>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      try {
        component.getAccessor().setAccessible(true);
        collect(component.getAccessor().invoke(record), direct, nested);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(record.getClass() + " can't be read", e);
      }
    }
    direct.addAll(nested);
    return direct;
  }

  private static void collect(
      @Nullable Object value, List<SecretSource> direct, List<SecretSource> nested) {
    switch (value) {
      case null -> {}
      case SecretSource secret -> direct.add(secret);
      case TlsOptions _ -> {}
      case Record record -> nested.addAll(ofRecord(record));
      case List<?> list -> list.forEach(item -> collect(item, direct, nested));
      case Map<?, ?> map -> map.values().forEach(item -> collect(item, direct, nested));
      default -> {}
    }
  }
}
