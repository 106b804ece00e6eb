/** Environment of a server with every route, to generate the OpenAPI document from. No other server is called. */
export const sampleEnvironment: Readonly<Record<string, string>> = {
  AUTH: 'moodle',
  JWT_SECRET: 'Only-for-generating-the-OpenAPI-document',
  MOODLE_URL: 'https://moodle.example.org',
  MOODLE_AJAX_URL: 'https://moodle.example.org/mod/writeassistdev/ajax.php',
  MOODLE_DATABASE_URL: 'mysql://moodle.example.org/moodle',
};
