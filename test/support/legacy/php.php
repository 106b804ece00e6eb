<?php
// Answers with what PHP has read of a request: texts, files and query, in base64, and the action as Moodle cleans it.
function encode($value) {
    return is_array($value)
        ? ['list' => array_map(fn($key) => [base64_encode((string) $key), encode($value[$key])], array_keys($value))]
        : base64_encode((string) $value);
}

$files = [];
foreach ($_FILES as $name => $file) {
    $content = is_string($file['tmp_name']) && $file['tmp_name'] !== '' ? file_get_contents($file['tmp_name']) : '';
    $files[] = [base64_encode((string) $name), encode($file['name']), encode($file['type']), base64_encode($content)];
}
$action = $_POST['action'] ?? $_GET['action'] ?? '';
header('Content-Type: application/json');
echo json_encode([
    'post' => encode($_POST),
    'get' => encode($_GET),
    'files' => $files,
    'action' => is_array($action) ? null : preg_replace('/[^a-zA-Z0-9_-]/i', '', $action),
]);
