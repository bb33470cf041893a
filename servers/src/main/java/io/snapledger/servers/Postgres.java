package io.snapledger.servers;

import java.sql.DriverManager;
import java.sql.SQLException;

/** A PostgreSQL in which databases can be made, whoever runs it. */
public interface Postgres {
    /** The JDBC address, with the user in it, of a database. */
    String url(String database);

    /** The JDBC address, with the user in it, of the database that every server has. */
    default String url() {
        return url("postgres");
    }

    /**
     * Makes an empty database if there is none of that name.
     *
     * @param name letters of the lower case, digits and underscores
     * @return its JDBC address
     */
    default String database(String name) {
        if (!name.matches("[a-z][a-z0-9_]{0,62}")) {
            throw new IllegalArgumentException(
                    "a database is named by up to 63 lower-case letters, digits and underscores, not \"" + name + "\"");
        }
        try (var connection = DriverManager.getConnection(url());
                var exists = connection.prepareStatement("select 1 from pg_database where datname = ?");
                var statement = connection.createStatement()) {
            exists.setString(1, name);
            try (var rows = exists.executeQuery()) {
                if (!rows.next()) {
                    statement.execute("create database " + name);
                }
            }
            return url(name);
        } catch (SQLException e) {
            throw new ServerException("cannot make the database " + name + " on " + url(), e);
        }
    }
}
